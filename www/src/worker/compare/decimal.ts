/** Whether two numbers are the same one, written otherwise: `1.10` and `1.1`, `100` and `1e2`. No double is made of them. */
export function isSameNumber(a: string, b: string): boolean {
	return canonical(a) === canonical(b);
}

function canonical(written: string): string {
	const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written);
	if (!parts) return written;
	const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
	const digits = `${whole}${fraction}`.replace(/^0+/, '');
	const significant = digits.replace(/0+$/, '');
	if (significant === '') return '0';
	return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
