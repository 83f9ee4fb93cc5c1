import { Then, When } from '@cucumber/cucumber'
import { execFileSync } from 'node:child_process'
import { Mismatch } from '../support/matchers.ts'
import { download, mustPress, press } from '../support/page-actions.ts'
import type { LabWorld } from '../support/world.ts'

const page = 'Maintenance > Diagnostics > Diagnostic logging'

When(
  'the administrator adds the marker {string} on the {host}',
  async function (this: LabWorld, text: string, host: string) {
    await mustPress(this, host, page, 'Add marker', { Marker: text })
  },
)

Then(
  'the {host} refuses the marker {string}: {string}',
  async function (this: LabWorld, host: string, text: string, says: string) {
    const pressed = await press(this, host, page, 'Add marker', { Marker: text })
    if (pressed.isDone || !pressed.says.includes(says)) throw new Mismatch('Add marker', says, pressed)
    this.showRecord(host, `Add marker is refused: ${pressed.says}`)
  },
)

When('the administrator downloads the diagnostic log of the {host}', async function (this: LabWorld, host: string) {
  const file = await download(this, host, page, 'Download log')
  this.memory.set('diagnostic log', { host, text: file.toString() } satisfies Downloaded)
})

interface Downloaded {
  readonly host: string
  readonly text: string
}

/** What an engineer reads: records, each with the lines of a message it carries. */
function recordsOf(text: string): string[] {
  return text.split(/\n(?! \|)/).filter((record) => record !== '')
}

/** A log knows a message where its start line stands in it as it was on the wire. */
async function startLines(world: LabWorld, host: string, summary: string): Promise<string[]> {
  const { messages } = await world.timeline()
  const received = messages.filter((message) => message.to === host && message.summary.startsWith(summary))
  return received.map(({ bytes }) => bytes.toString('latin1').split('\r\n', 1)[0]!)
}

Then(
  'the log has every {string} that the {host} received',
  async function (this: LabWorld, summary: string, to: string) {
    const { host, text } = this.recall<Downloaded>('diagnostic log')
    const lines = await startLines(this, to, summary)
    const absent = lines.filter((line) => !text.includes(line))
    if (lines.length === 0 || absent.length > 0) throw new Mismatch(`"${summary}" in the log of ${host}`, lines, absent)
    this.showRecord(host, `${lines.length} times "${summary}" in the log, as received by ${to}`)
  },
)

Then('the log has no {string} that the {host} received', async function (this: LabWorld, summary: string, to: string) {
  const { host, text } = this.recall<Downloaded>('diagnostic log')
  const lines = await startLines(this, to, summary)
  const present = lines.filter((line) => text.includes(line))
  if (lines.length === 0 || present.length > 0)
    throw new Mismatch(`"${summary}" in the log of ${host}`, 'none', present)
  this.showRecord(host, `${lines.length} times "${summary}" at ${to}, none of them in the log`)
})

function debugRecords(text: string, module: string): string[] {
  const field = `Module="${module}`
  return recordsOf(text).filter((record) => record.includes(field) && record.includes('Level="DEBUG"'))
}

Then('the log has DEBUG lines of {string}', function (this: LabWorld, module: string) {
  const { host, text } = this.recall<Downloaded>('diagnostic log')
  const found = debugRecords(text, module)
  if (found.length === 0) throw new Mismatch(`DEBUG lines of ${module} on ${host}`, 'some', `none in ${text.length}`)
  this.showRecord(host, `${found.length} DEBUG lines of ${module}: ${found[0]!.split('\n', 1)[0]}`)
})

Then('the log has no DEBUG lines of {string}', function (this: LabWorld, module: string) {
  const { host, text } = this.recall<Downloaded>('diagnostic log')
  const found = debugRecords(text, module)
  if (found.length > 0) throw new Mismatch(`DEBUG lines of ${module} on ${host}`, 'none', found.slice(0, 2))
  this.showRecord(host, `no DEBUG line of ${module} among ${recordsOf(text).length}`)
})

Then(
  'the log has {string} between the markers {string} and {string}',
  function (this: LabWorld, wanted: string, first: string, second: string) {
    const { host, text } = this.recall<Downloaded>('diagnostic log')
    const records = recordsOf(text)
    const places = (fits: (record: string) => boolean) =>
      records.flatMap((record, index) => (fits(record) ? [index] : []))
    const markerAt = (marker: string) => places((record) => record.includes(`DEBUG_MARKER "${marker}"`))
    const [from, to, found] = [markerAt(first), markerAt(second), places((record) => record.includes(wanted))]
    const isBetween = found.length > 0 && found.every((index) => index > from[0]! && index < to[0]!)
    if (from.length !== 1 || to.length !== 1 || !isBetween)
      throw new Mismatch(`"${wanted}" in the log of ${host}`, `between ${first} and ${second}`, { from, to, found })
    this.showRecord(host, `records ${found.join(', ')} between the markers at ${from[0]} and ${to[0]}`)
  },
)

Then('the log has {int} marker(s)', function (this: LabWorld, count: number) {
  const { host, text } = this.recall<Downloaded>('diagnostic log')
  const markers = recordsOf(text).filter((record) => record.includes('DEBUG_MARKER'))
  if (markers.length !== count) throw new Mismatch(`markers in the log of ${host}`, count, markers)
  this.showRecord(host, `${count} lines with DEBUG_MARKER`)
})

Then(
  'the archive of the {host} holds the same log beside its configuration and status',
  async function (this: LabWorld, host: string) {
    const archive = await download(this, host, page, 'Download archive')
    const tar = (...words: string[]) => execFileSync('tar', words, { input: archive, encoding: 'utf8' })
    const names = tar('tzf', '-').trim().split('\n')
    const kinds = names.map((name) => name.replace(/_.*$/, ''))
    const wanted = ['loggingsnapshot', 'xconf', 'xstat', 'eventlog']
    if (kinds.join() !== wanted.join()) throw new Mismatch('files of the archive', wanted, names)
    const log = tar('xzf', '-', '-O', names[0]!)
    const { text } = this.recall<Downloaded>('diagnostic log')
    if (log !== text) throw new Mismatch('the log of the archive', `${text.length} characters`, log.length)
    this.showRecord(host, `tar lists ${names.join(', ')}`)
  },
)
