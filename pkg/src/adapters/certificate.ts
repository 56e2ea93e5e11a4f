import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for `localhost` and its key, for tests. */
export function certificate(): { cert: Buffer; key: Buffer } {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-tls-'));
	try {
		const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
		const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-addext', 'subjectAltName=DNS:localhost'];
		execFileSync('openssl', [...args.split(' '), ...files], { cwd: folder, stdio: 'ignore' });
		return { cert: readFileSync(join(folder, 'cert.pem')), key: readFileSync(join(folder, 'key.pem')) };
	} finally {
		rmSync(folder, { recursive: true });
	}
}
