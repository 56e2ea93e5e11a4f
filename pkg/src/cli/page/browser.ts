/** Opens a URL in the browser of whoever sits at this machine. */
import { spawn } from 'node:child_process';

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
	darwin: ['open'],
	// `start` is no program, and takes the first quoted text for a title.
	win32: ['cmd', '/c', 'start', '""'],
};

/** Resolves with whether there is a program that opens it. What becomes of it then is that program's matter. */
export function openInBrowser(url: string): Promise<boolean> {
	const [command, ...args] = openers[process.platform] ?? (['xdg-open'] as const);
	return new Promise((resolve) => {
		const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
		child.once('error', () => resolve(false));
		child.once('spawn', () => resolve(true));
		child.unref();
	});
}
