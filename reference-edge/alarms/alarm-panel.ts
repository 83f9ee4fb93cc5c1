import type { AlarmId } from './alarm-catalogue.ts'

/** Where the parts of a VCS report what an administrator has to know about. */
export interface AlarmPanel {
  /**
   * Raises or lowers an alarm; saying the same again changes nothing. `detail` names the case (a file, a zone, a server):
   * each case is an alarm of its own. Lowered without a detail, all cases of the alarm are.
   */
  set(id: AlarmId, isRaised: boolean, detail?: string): void
}
