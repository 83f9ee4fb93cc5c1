import type { DeviceFile } from '#simulators/protocol/endpoint/device-file.ts'
import { readDeviceFile } from '#simulators/protocol/endpoint/device-file.ts'
import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { isOutage } from '#simulators/protocol/endpoint/register-where-served.ts'
import { StageFailed, stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import { allNamed, findElement, parseXml, textAt } from '#simulators/protocol/endpoint/xml.ts'
import type { Element } from '#simulators/protocol/endpoint/xml.ts'
import type { CompanyPages } from './company-pages.ts'
import { readCompanyPages } from './company-pages.ts'

/** What Jabber learns from the files on port 6970 (wire facts §5). */
export interface ConfigurationFiles {
  readonly device: DeviceFile
  readonly voicemailHost: string | undefined
  /** Nodes of IM and Presence, the first one's backups behind it. */
  readonly imServers: readonly string[]
  readonly pages: CompanyPages
  readonly detail: string
}

export interface FilesWanted {
  readonly access: ServiceAccess
  /** TFTP servers: Unified CM nodes, in the order to try. */
  readonly hosts: readonly string[]
  readonly deviceName: string
  readonly serviceProfileUrl: string | undefined
  /** Given each file that is there. */
  readonly keepFile: (url: string, body: Uint8Array) => void
}

/** From the first TFTP server that answers; what goes wrong at all of them is told by the first one's answer. */
export async function fetchConfigurationFiles(wanted: FilesWanted): Promise<ConfigurationFiles> {
  let first: unknown
  for (const host of wanted.hosts) {
    try {
      return await fetchFilesFrom(host, wanted)
    } catch (error) {
      if (error instanceof StageFailed && !isOutage(error.problem.status ?? 404)) throw error
      first ??= error
    }
  }
  throw first
}

/** The client's policy and the service profile may be missing; without its device file the phone cannot work. */
async function fetchFilesFrom(host: string, wanted: FilesWanted): Promise<ConfigurationFiles> {
  const { deviceName } = wanted
  const access = keeping(wanted)
  const policyUrl = `http://${host}:6970/jabber-config.xml`
  const profileUrl = profileAt(host, wanted)
  const deviceUrl = `http://${host}:6970/${deviceName}.cnf.xml`
  const [policy, profile, device] = await Promise.all([
    optionalFile(access, policyUrl),
    optionalFile(access, profileUrl),
    access.fetch(deviceUrl),
  ])
  if (device.status !== 200) {
    throw stageFailed('FAILED_DEVICE_CONFIG', `${deviceName}.cnf.xml: ${device.reason}`, device.status)
  }
  const voicemail = findElement(profile.document, 'voicemail')
  const imPresence = findElement(profile.document, 'imPresence')
  return {
    device: readDeviceFile(device.body.toString('utf8')),
    voicemailHost: textAt(findElement(voicemail, 'address')),
    imServers:
      imPresence === undefined
        ? []
        : allNamed(imPresence, 'serverAddress')
            .map((each) => each.getText().trim())
            .filter(Boolean),
    pages: readCompanyPages(policy.document),
    detail: `jabber-config.xml ${policy.status}, service profile ${profile.status}, ${deviceName}.cnf.xml 200`,
  }
}

/** The profile's address names the node that told it; at another node the file has the same name. */
function profileAt(host: string, { hosts, serviceProfileUrl }: FilesWanted): string {
  if (serviceProfileUrl === undefined) return `http://${host}:6970/SPDefault.cnf.xml`
  return host === hosts[0] ? serviceProfileUrl : `http://${host}:6970${new URL(serviceProfileUrl).pathname}`
}

/** The same access, which keeps what it fetches. */
function keeping({ access, keepFile }: FilesWanted): ServiceAccess {
  return {
    async fetch(url, request) {
      const answer = await access.fetch(url, request)
      if (answer.status === 200) keepFile(url, answer.body)
      return answer
    },
  }
}

async function optionalFile(access: ServiceAccess, url: string): Promise<{ status: number; document?: Element }> {
  const { status, body } = await access.fetch(url)
  if (status !== 200) return { status }
  try {
    return { status, document: parseXml(body.toString('utf8')) }
  } catch (error) {
    throw stageFailed('FAILED_CONFIG_UNREADABLE', `${url}: ${(error as Error).message}`, status)
  }
}
