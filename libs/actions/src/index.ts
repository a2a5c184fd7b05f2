export { createAlertChannel, type AlertChannel, type AlertChannelOptions } from './alert-channel.js';
export type { Message } from './message.js';
