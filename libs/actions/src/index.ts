export { createAlertChannel, type AlertChannel, type AlertChannelOptions } from './alert-channel.js';
export type { Message } from './message.js';
export { witnessClient, type WitnessClientOptions } from './log/witness-client.js';
export { fileSink } from './log/file-sink.js';
export { s3Sink, type S3Credentials } from './log/s3-sink.js';
export { emailSink, type EmailSink, type EmailSinkOptions } from './log/email-sink.js';
export { timestampAuthority, type TimestampAuthorityOptions } from './log/timestamp-authority.js';
export { openAgentKey, type AgentKeySpec } from './log/agent-key.js';
export { openPkcs11Key, type Pkcs11KeyOptions } from './log/pkcs11-key.js';
