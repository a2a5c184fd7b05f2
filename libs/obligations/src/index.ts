export { addWorkingTime, workingHoursProblem, type Weekday, type WorkingHours } from './working-time.js';
