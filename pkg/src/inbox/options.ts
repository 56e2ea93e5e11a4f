/** What `openInbox` takes beside the URL. */
export interface InboxOptions {
	/**
	 * The key that bodies, headers, errors and issues are encrypted with (AES-256-GCM), 32 bytes in base64 or hex; of several,
	 * the first encrypts and all decrypt. The SHA-256 of a body stays visible, so that two can be seen to be the same. An inbox
	 * that has had a key is not opened without one. Default: what the environment variable `MINDHOOK_INBOX_KEY` holds, several separated by commas; without it,
	 * nothing is encrypted.
	 */
	encryptionKey?: string | readonly string[];
	/** Whether a new inbox is made where there is none; otherwise opening it is refused, and nothing is left behind. Default `true`. */
	create?: boolean;
}
