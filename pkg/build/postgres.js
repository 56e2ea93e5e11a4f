/** Finds PostgreSQL's server for the tests, and installs it with apt where it is missing. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BuildError, run, step } from './steps.js';

/** Where Debian, Red Hat, Homebrew and the Mac app put each version's programs. */
const PLACES = ['/usr/lib/postgresql', '/usr', '/opt/homebrew/opt', '/usr/local/opt', '/Library/PostgreSQL'];

/** The folder with `initdb` and `pg_ctl`. */
export async function findPostgres() {
	if (!serverFolder() && existsSync('/usr/bin/apt-get')) {
		await step('PostgreSQL, for the tests of the inbox', aptInstallPostgres);
	}
	const folder = serverFolder();
	if (folder) return folder;
	throw new BuildError(
		"The tests of the inbox need PostgreSQL's server: install it, name the folder of its initdb and pg_ctl in MINDHOOK_POSTGRES_BIN, or go without those tests with MINDHOOK_WITHOUT_POSTGRES=1.",
	);
}

function serverFolder() {
	const isComplete = (folder) => ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(folder, name)));
	// Through links: the programs look for their files beside themselves.
	const onPath = (process.env.PATH ?? '')
		.split(delimiter)
		.map((folder) => join(folder, 'pg_ctl'))
		.filter((path) => existsSync(path))
		.map((path) => dirname(realpathSync(path)));
	const installed = PLACES.filter((place) => existsSync(place)).flatMap((place) =>
		readdirSync(place)
			.filter((name) => /^(postgresql@|pgsql-)?\d+$/.test(name))
			.sort((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
			.map((name) => join(place, name, 'bin')),
	);
	return [...onPath, ...installed].find(isComplete);
}

/**
 * Debian's package makes a database of its own and starts it, unless its settings say otherwise while it is installed. They
 * come with postgresql-common, and are put back afterwards.
 */
async function aptInstallPostgres() {
	const script = `
		set -e
		export DEBIAN_FRONTEND=noninteractive
		conf=/etc/postgresql-common/createcluster.conf
		apt-get update
		apt-get install --yes --no-install-recommends postgresql-common
		cp -p $conf $conf.before-tests
		trap 'mv $conf.before-tests $conf' EXIT
		echo 'create_main_cluster = false' >> $conf
		apt-get install --yes --no-install-recommends postgresql
	`;
	const shell = process.getuid?.() === 0 ? ['sh'] : ['sudo', '--non-interactive', 'sh'];
	const [command, ...rest] = [...shell, '-c', script];
	const advice =
		'PostgreSQL could not be installed: run `sudo apt-get install postgresql`, or name the folder of its initdb and pg_ctl in MINDHOOK_POSTGRES_BIN.';
	await run(command, rest, { advice });
}
