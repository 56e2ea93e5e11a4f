/** Whether an endpoint may be called that. */
export const isEndpointName = (name: unknown): name is string =>
	typeof name === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(name);

/** Whether this is a path without query as it stands in a request: no other characters come there but percent-encoded. */
export const isEndpointPath = (path: unknown): path is string =>
	typeof path === 'string' && /^\/[!-"$->@-~]*$/.test(path);
