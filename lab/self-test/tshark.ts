import { execFileSync, spawnSync } from 'node:child_process'

/** Whether a program of that name can be started. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

export interface TsharkQuery {
  readonly path: string
  /** Display filter. */
  readonly filter: string
  readonly fields: readonly string[]
  /** NSS key log, for captures without secrets inside. */
  readonly keyLogPath?: string
  /** Ports where TLS carries SIP; tshark knows 5061. Default: that of a traversal zone. */
  readonly sipPorts?: readonly number[]
  /** More of `-o`. */
  readonly preferences?: readonly string[]
}

/** One row a frame, one cell a field, each cell a list (a frame may carry several messages). */
export function tsharkFields({
  path,
  filter,
  fields,
  keyLogPath,
  preferences = [],
  sipPorts = [7001],
}: TsharkQuery): string[][][] {
  const options = [...preferences, ...(keyLogPath === undefined ? [] : [`tls.keylog_file:${keyLogPath}`])]
  const output = execFileSync(
    'tshark',
    [
      '-n',
      '-r',
      path,
      ...options.flatMap((option) => ['-o', option]),
      ...sipPorts.flatMap((port) => ['-d', `tls.port==${port},sip`]),
      '-Y',
      filter,
      '-T',
      'fields',
      '-E',
      'occurrence=a',
      '-E',
      `aggregator=${separator}`,
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 256 * 1024 * 1024 },
  )
  const lines = output.split('\n').filter((line) => line !== '')
  return lines.map((line) => line.split('\t').map((cell) => (cell === '' ? [] : cell.split(separator))))
}

/** Problems of the capture that tshark reports, warnings and worse. */
export function tsharkComplaints(path: string): string[] {
  const rows = tsharkFields({
    path,
    filter: '_ws.expert.severity >= 0x600000',
    fields: ['frame.number', '_ws.expert.message'],
  })
  return rows.map(([frame, messages]) => `frame ${frame!.join()}: ${messages!.join('; ')}`)
}

/** Does not occur in what is asked for. */
const separator = '\x1f'
