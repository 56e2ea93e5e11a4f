/** Starts a server of Node on a free port and says which. */
export function listening(server) {
	server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
}

/** Reads a request as a body parser does, and leaves `body` on it. */
export async function readInto(holder, request, make) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	holder.body = make(Buffer.concat(chunks));
}
