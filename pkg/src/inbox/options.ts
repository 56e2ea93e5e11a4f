/** What `openInbox` takes beside the URL. */
export interface InboxOptions {
	/**
	 * The key that bodies and headers are encrypted with, 32 bytes in base64 or hex; of several, the first encrypts and all
	 * decrypt. Default: what the environment variable `MINDHOOK_INBOX_KEY` holds, several separated by commas; without it,
	 * nothing is encrypted.
	 */
	encryptionKey?: string | readonly string[];
}
