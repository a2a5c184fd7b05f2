/** For programs that play scenarios against a server of their own: the demo, and end-to-end tests. */
export { type ApiClient, httpClient } from '../api/client.js';
export { type Crew, gatherCrew } from './crew.js';
export { driveScenario, type DriveOptions, type DriveResult, type Progress } from './drive.js';
export { assess, type Assessment } from './assess.js';
export { parseScenario, type Scenario } from './scenario.js';
