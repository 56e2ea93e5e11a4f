/** Two payloads beside each other, field by field. */
export function Compare() {
	return null;
}
