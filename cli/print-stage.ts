import type { DemonstrationStage } from '#lab/operator/demonstration.ts'
import { column, mark, say } from './operate.ts'

/** At most 100 columns, so that it can be pasted; what does not fit stands in the ladder. */
export function printStage(stage: DemonstrationStage): void {
  const time = `${Math.round(stage.milliseconds)} ms`.padStart(8)
  const detail = stage.passed ? column(stage.detail, 48).trimEnd() : stage.detail
  say(`${mark(stage.passed)} ${column(stage.title, 37)} ${time}  ${detail}`)
}
