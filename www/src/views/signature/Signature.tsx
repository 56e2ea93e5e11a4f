/** Whether a signature fits a body, and if not why. */
export function Signature() {
	return null;
}
