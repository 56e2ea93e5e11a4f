/**
 * `mindhook/node`: a receiver behind `node:http`, `node:https` or `node:http2`, and a server for it.
 *
 * @module
 */
export { type NodeListenerOptions, nodeListener } from './node-listener.js';
export { nodeMonitor } from './node-monitor.js';
export { type NodeServer, type NodeServerOptions, nodeServer } from './node-server.js';
