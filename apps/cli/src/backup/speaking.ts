import { OperationalError, TamperError } from '@cordon/kernel';
import { BackupError, type BackupErrorCode } from '@cordon/store';
import { CliError, type ExitCode, exitCodes } from '../exit-codes.js';

const CODES: Readonly<Record<BackupErrorCode, ExitCode>> = {
  damaged: exitCodes.verification,
  other_version: exitCodes.conflict,
  database: exitCodes.conflict,
  evidence: exitCodes.conflict,
  file: exitCodes.failure,
};

/** What backups' own errors say is for a person as it is. */
export async function speakingOfBackups<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupError) throw new CliError(error.message, CODES[error.code]);
    if (error instanceof TamperError) throw new CliError(error.message, exitCodes.verification);
    if (error instanceof OperationalError) throw new CliError(error.message);
    throw error;
  }
}
