/** The opened files and the deliveries of a live source, to choose from. */
export function Shelf() {
	return null;
}
