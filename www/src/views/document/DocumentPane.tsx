/** The document beside the payload, with the places of its fields drawn over it. */
export function DocumentPane() {
	return null;
}
