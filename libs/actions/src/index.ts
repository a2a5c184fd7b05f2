export { createAlertChannel, type AlertChannel, type AlertChannelOptions } from './alert-channel.js';
