/**
 * `mindhook/receiver`: verify → save → acknowledge → process. No framework, no HTTP server of its own.
 *
 * @module
 */
export type { Delivery, ErrorContext, Stage } from './handover.js';
export type { Outcome, OutcomeName } from './outcome.js';
export { createReceiver, type Receiver, type ReceiverLimits, type ReceiverOptions } from './receiver.js';
export type { IncomingDelivery, RequestBody, RequestHeaders } from './request.js';
