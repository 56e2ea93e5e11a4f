/** Names of files that every system takes. */

/** What no system, or no eye, takes well in a name. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\:*?"<>|%]+/gu;
/** Names that Windows keeps for itself. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const LONGEST = 80;

/** The name of a file that is made of another one: `invoice.json` and `fields.csv` give `invoice.fields.csv`. */
export function fileName(from: string, ending: string): string {
	const base = from
		.replace(/\.(json|txt)$/i, '')
		.replace(UNFIT, '_')
		.slice(0, LONGEST)
		.toWellFormed()
		.replace(/^[.\s]+|[.\s]+$/g, '');
	const safe = base === '' || RESERVED.test(base.split('.')[0] ?? '') ? `payload_${base}`.replace(/_$/, '') : base;
	return `${safe}.${ending}`;
}
