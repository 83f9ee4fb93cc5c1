import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { PlatformName } from './platforms.ts'

/** Where a client keeps its files, below its own folder. */
export interface ProfileFolder {
  /** The client's own folder. */
  readonly root: string
  readonly logs: string
  readonly configuration: string
}

/**
 * Jabber for Windows has its folders below the user's profile (guide: Checking and taking diagnostic logs); what other
 * platforms have there the guide does not say.
 */
export function profileFolder(data: string, platform: PlatformName): ProfileFolder {
  if (platform !== 'Windows') return { root: data, logs: join(data, 'Logs'), configuration: join(data, 'Config') }
  const client = ['Cisco', 'Unified Communications', 'Jabber', 'CSF']
  return {
    root: data,
    logs: join(data, 'AppData', 'Local', ...client, 'Logs'),
    configuration: join(data, 'AppData', 'Roaming', ...client, 'Config'),
  }
}

/** Keeps a fetched configuration file under the name that stands in its URL. */
export function keepConfigurationFile({ configuration }: ProfileFolder, url: string, body: Uint8Array): void {
  const name = new URL(url).pathname
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
    .slice(0, longestName)
  if (!/\w/.test(name) || body.length > largestFile) return
  mkdirSync(configuration, { recursive: true, mode: 0o700 })
  writeFileSync(join(configuration, name), body, { mode: 0o600 })
}

/** Logs and kept files, as paths below the client's own folder. */
export function profileFiles({ root, logs, configuration }: ProfileFolder): string[] {
  return [logs, configuration]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => relative(root, join(folder, name))))
}

const longestName = 100
const largestFile = 4 * 1024 * 1024
