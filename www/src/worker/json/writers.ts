/** How the JSON writers of the usual languages write: white space, escapes, numbers. */
import type { JsonStyle } from './style.js';

/** A writer that may have written a body anew. */
export interface JsonWriter {
	/** The call as its users write it. */
	readonly name: string;
	readonly style: JsonStyle;
}

const compact = { indent: '', afterComma: '', afterColon: '' };
const spaced = { indent: '', afterComma: ' ', afterColon: ' ' };
const broken = (indent: string) => ({ indent, afterComma: '', afterColon: ' ' });

/** With as few escapes as JSON allows, as most writers do it. */
const plain = (written: string): string => {
	if (!written.includes('\\')) return written;
	try {
		return JSON.stringify(JSON.parse(written));
	} catch {
		return written;
	}
};

const escaped = (code: number, upper = false): string => {
	const digits = code.toString(16).padStart(4, '0');
	return `\\u${upper ? digits.toUpperCase() : digits}`;
};

/** Each UTF-16 unit that `unsafe` finds in a plain string as an escape. */
const escaping =
	(unsafe: RegExp, upper = false) =>
	(written: string): string =>
		plain(written).replace(unsafe, (unit) => escaped(unit.charCodeAt(0), upper));

const ascii = escaping(/[\u007f-\uffff]/g);
// DEL is ASCII to Python and PHP.
const pythonAscii = escaping(/[\u0080-\uffff]/g);
const slashes = (written: string): string => plain(written).replaceAll('/', '\\/');
const phpDefault = (written: string): string => pythonAscii(plain(written)).replaceAll('/', '\\/');
const html = escaping(/[<>&\u2028\u2029]/g);

/** `System.Text.Json`: only letters and digits of ASCII and a few signs are left, quotes become `\u0022`. */
const dotnet = (written: string): string => {
	const inner = plain(written).slice(1, -1).replaceAll('\\"', '\\u0022');
	return `"${inner.replace(/[<>&'+`\u007f-\uffff]/g, (unit) => escaped(unit.charCodeAt(0), true))}"`;
};

/** A double as JavaScript, PHP and Go write it: `12.0` becomes `12`. */
const double = (written: string): string => {
	const value = Number(written);
	return Number.isFinite(value) ? JSON.stringify(value) : written;
};

/** As Python and Ruby write it: whole numbers stay as they are, `1.10` becomes `1.1`, `12.0` stays. */
const pythonNumber = (written: string): string => {
	if (/^-?\d+$/.test(written)) return written;
	const value = Number(written);
	if (!Number.isFinite(value)) return written;
	const [digits = '', exponent] = value.toExponential().split('e');
	const power = Number(exponent);
	if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
	const text = String(value);
	const whole = text.includes('e') ? value.toFixed(Math.max(0, digits.replace(/^-?\d\.?/, '').length - power)) : text;
	return whole.includes('.') ? whole : `${whole}.0`;
};

const javascript = { string: plain, number: double };
const python = { string: pythonAscii, number: pythonNumber };
const ruby = { string: plain, number: pythonNumber };

/** Those that are met most often first. */
export const jsonWriters: readonly JsonWriter[] = [
	{ name: 'JSON.stringify(value)', style: { ...compact, ...javascript } },
	{ name: 'JSON.stringify(value, null, 2)', style: { ...broken('  '), ...javascript } },
	{ name: 'JSON.stringify(value, null, 4)', style: { ...broken('    '), ...javascript } },
	{ name: "JSON.stringify(value, null, '\\t')", style: { ...broken('\t'), ...javascript } },
	{ name: 'json.dumps(value)', style: { ...spaced, ...python } },
	{ name: "json.dumps(value, separators=(',', ':'))", style: { ...compact, ...python } },
	{ name: 'json.dumps(value, ensure_ascii=False)', style: { ...spaced, ...ruby } },
	{ name: 'json.dumps(value, indent=2)', style: { ...broken('  '), ...python } },
	{ name: 'json.dumps(value, indent=4)', style: { ...broken('    '), ...python } },
	{ name: 'json_encode($value)', style: { ...compact, string: phpDefault, number: double } },
	{
		name: 'json_encode($value, JSON_PRESERVE_ZERO_FRACTION)',
		style: { ...compact, string: phpDefault, number: pythonNumber },
	},
	{ name: 'json_encode($value, JSON_UNESCAPED_UNICODE)', style: { ...compact, string: slashes, number: double } },
	{ name: 'json_encode($value, JSON_UNESCAPED_SLASHES)', style: { ...compact, string: pythonAscii, number: double } },
	{ name: 'json_encode($value, JSON_PRETTY_PRINT)', style: { ...broken('    '), string: phpDefault, number: double } },
	{ name: 'value.to_json', style: { ...compact, ...ruby } },
	{ name: 'JSON.pretty_generate(value)', style: { ...broken('  '), ...ruby } },
	{ name: 'ActiveSupport::JSON.encode(value)', style: { ...compact, string: html, number: pythonNumber } },
	{ name: 'json.Marshal(value)', style: { ...compact, string: html, number: double } },
	{ name: 'JsonSerializer.Serialize(value)', style: { ...compact, string: dotnet } },
	{ name: 'objectMapper.writeValueAsString(value)', style: { ...compact, string: plain } },
	{ name: 'jq -c .', style: compact },
	{ name: 'jq .', style: broken('  ') },
	{ name: 'jq --indent 4 .', style: broken('    ') },
	{ name: 'jq --tab .', style: broken('\t') },
	{ name: 'jq -a -c .', style: { ...compact, string: ascii } },
];

/** Indented by two spaces, for people to read: nobody counts more levels, and deep ones would make a file of gigabytes. */
export const indented: JsonStyle = { ...broken('  '), deepest: 64 };
