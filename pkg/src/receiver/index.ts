/**
 * `mindhook/receiver`: verify → save → acknowledge → process. No framework, no HTTP server of its own.
 *
 * @module
 */
export type { Delivery, ErrorContext, Stage } from './delivery.js';
export type { Observer, ReceiverEvent } from './event.js';
export { type LogFields, type Logger, logObserver } from './log.js';
export { createMetrics, type Metrics } from './metrics.js';
export { createMonitor, type Monitor, type MonitorAnswer, type MonitorOptions } from './monitor.js';
export type { EndpointOptions, OnPayload, ReceiverLimits, ReceiverOptions } from './options.js';
export { type Outcome, type OutcomeName, outcomeNames } from './outcome.js';
export { createReceiver, type Receiver, type ReceiverState } from './receiver.js';
export {
	createReconciler,
	type EnqueuedJob,
	type Reconciler,
	type ReconcilerLimits,
	type ReconcilerOptions,
	type ReconcileSummary,
} from './reconcile.js';
export type { IncomingDelivery, RequestBody, RequestHeaders } from './request.js';
export type { RetryPolicy } from './retry.js';
export { type OpenTelemetryApi, openTelemetry } from './telemetry.js';
