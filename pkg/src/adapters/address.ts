/** Where a request comes from; `null` where that cannot be told. */
export function addressFrom(tell: () => string | null | undefined): string | null {
	try {
		return tell() ?? null;
	} catch {
		// A header that a sender left out must not cost the delivery, nor the process.
		return null;
	}
}
