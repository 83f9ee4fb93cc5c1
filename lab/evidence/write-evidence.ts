import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EvidenceRecord } from './evidence-record.ts'
import { originOf } from './bring-up.ts'
import { isText } from './displayed.ts'
import { ladderHtml } from './ladder-html.ts'
import { ladderText } from './ladder-text.ts'
import { plainCapture } from './plain-capture.ts'
import { finalRefusals } from './refusal.ts'
import type { ScenarioStep } from './scenario-step.ts'
import { stepAt } from './scenario-step.ts'
import { summaryText } from './summary.ts'
import type { Timeline } from './timeline.ts'
import type { Capture } from './wire-capture.ts'
import { keyLogOf, wireCapture } from './wire-capture.ts'

export interface EvidenceFacts {
  /** Folder of the run. */
  readonly folder: string
  readonly title: string
  readonly ids: readonly string[]
  readonly timeline: Timeline
  readonly shown: readonly EvidenceRecord[]
  readonly passed: boolean
  /** Steps of the scenario, in their order. */
  readonly steps?: readonly ScenarioStep[]
  /** What each statement id of `ids` says. */
  readonly statements?: Readonly<Record<string, string>>
  /** What each host is, for example `vcsc1` → `VCS Control`. */
  readonly titles?: Readonly<Record<string, string>>
}

export interface WrittenEvidence {
  /** Relative to the folder of the run: `evidence/<number>-<title>`. */
  readonly folder: string
  readonly records: readonly EvidenceRecord[]
}

/**
 * Writes what a scenario left: ladder, messages, captures. The folder is for its owner only: it holds the lab's
 * passwords and keys. Gives back the shown records with their frames filled in.
 */
export function writeEvidence(facts: EvidenceFacts): WrittenEvidence {
  const { folder, title, ids, timeline, shown, passed, steps = [], statements = {}, titles = {} } = facts
  const relative = newFolder(folder, title)
  const wire = wireCapture(timeline, title)
  const plain = plainCapture(timeline, title)
  const records = shown.map((record) => withFrame(record, wire))
  const write = (name: string, content: string | Buffer) =>
    writeFileSync(join(folder, relative, name), content, { mode: 0o600, flag: 'wx' })
  write('messages.jsonl', messageLines(timeline, steps, wire, plain))
  write('ladder.txt', ladderText(timeline, { steps, titles }))
  write('ladder.all.txt', ladderText(timeline, { steps, titles, showBringUp: true }))
  const { frameOf } = wire
  write('index.html', ladderHtml({ title, ids, passed, timeline, frameOf, shown: records, steps, statements, titles }))
  write('wire.pcapng', wire.file)
  write('wire.plain.pcapng', plain.file)
  write('keys.log', keyLogOf(timeline.events))
  write('summary.md', summaryText({ title, ids, passed, timeline, records, frames: wire.frames }))
  return { folder: relative, records }
}

/** The next number; a folder somebody else just made is not ours. */
function newFolder(folder: string, title: string): string {
  const parent = join(folder, 'evidence')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const taken = readdirSync(parent).map((name) => Number.parseInt(name, 10))
  for (let number = Math.max(0, ...taken.filter(Number.isInteger)) + 1; ; number++) {
    const name = `${String(number).padStart(2, '0')}-${slugOf(title)}`
    try {
      mkdirSync(join(parent, name), { mode: 0o700 })
      return `evidence/${name}`
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    }
  }
}

function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return slug.slice(0, 60).replace(/-$/, '') || 'scenario'
}

function withFrame(record: EvidenceRecord, { frameOf }: Capture): EvidenceRecord {
  const frame = record.message === undefined ? undefined : frameOf.get(record.message)
  return frame === undefined ? record : { ...record, frame }
}

/** `milliseconds`: as in the ladder, so less than 0 during bring-up. `step`: number of the step it happened in. */
function messageLines(
  timeline: Timeline,
  steps: readonly ScenarioStep[],
  { frameOf }: Capture,
  { frameOf: plainFrameOf }: Capture,
): string {
  const origin = originOf(timeline)
  const refusals = finalRefusals(timeline.messages)
  const lines = timeline.messages.map((message) => {
    const { number, at, bytes, sentAt: _sentAt, receivedAt: _receivedAt, kind: _kind, ...facts } = message
    const content = isText(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') }
    const place = { milliseconds: Number(at - origin) / 1e6, step: stepAt(steps, at) }
    const frames = { frame: frameOf.get(number), plainFrame: plainFrameOf.get(number) }
    const isRefusal = refusals.has(message)
    return JSON.stringify({ number, at: at.toString(), ...place, ...facts, isRefusal, ...frames, ...content }) + '\n'
  })
  return lines.join('')
}
