import { nextHandlers } from 'mindhook/next';
import { made, remoteAddress } from '../../../receivers.js';

export async function POST(request, { params }) {
	const { name } = await params;
	const handlers = nextHandlers(async () => made().receivers[name], { remoteAddress });
	if (name === 'parsed') await request.json();
	if (name !== 'raw') return handlers.POST(request);
	const { url, headers } = request;
	return handlers.POST(new Request(url, { method: 'POST', headers, body: await request.arrayBuffer() }));
}
