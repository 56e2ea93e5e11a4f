/** What leaves the page as a file: CSV, JSON, a picture. */
export function Export() {
	return null;
}
