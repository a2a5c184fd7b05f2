import { idOfRef, type IncidentId } from '@cordon/runtime';
import { Injectable, type PipeTransform } from '@nestjs/common';
import { unknownIncident } from './refusal-problem.js';

/** `INC-17` or `17` in a path; anything else is an incident that does not exist. */
@Injectable()
export class RefPipe implements PipeTransform<string, IncidentId> {
  transform(ref: string): IncidentId {
    const id = idOfRef(ref);
    if (id === undefined) throw unknownIncident();
    return id;
  }
}
