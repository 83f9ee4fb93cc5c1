import type { LabDescription } from '#lab/description.ts'
import { column } from './operate.ts'

/** Addresses, users and administrator URLs of a running lab as text of at most 100 columns. */
export function addressTable(lab: LabDescription): string {
  const lines = [`lab ${lab.lab}, topology ${lab.topology}: ${lab.title}`, '']
  lines.push('host     name                  address      ports')
  for (const [name, { fqdn, address, ports }] of Object.entries(lab.hosts)) {
    const text = Object.entries(ports)
      .map(([use, port]) => `${use} ${port}`)
      .join(', ')
    const [first, ...further] = wrapped(text, 100 - 44)
    lines.push(`${column(name, 8)} ${column(fqdn, 21)} ${column(address, 12)} ${first}`)
    for (const line of further) lines.push(' '.repeat(44) + line)
  }
  lines.push(...clusterLines(lab), ...userLines(lab), ...deviceLines(lab), '', 'administration')
  for (const [name, { admin }] of Object.entries(lab.hosts)) {
    if (admin !== undefined)
      lines.push(`${column(name, 8)} ${column(admin.url, 35)} ${admin.username} / ${admin.password}`)
  }
  lines.push(`${column('AXL user', 8)} ${column('', 35)} ${lab.axl.username} / ${lab.axl.password}`)
  lines.push('', `DNS       outside ${lab.dns.public}   inside ${lab.dns.internal}`)
  lines.push(`NTP       outside ${lab.ntp.public}      inside ${lab.ntp.internal}`, `CA        ${lab.ca}`)
  for (const [name, { publicAddress, address }] of Object.entries(lab.hosts)) {
    if (publicAddress !== undefined) lines.push(`firewall  translates ${publicAddress} to ${name}, ${address}`)
  }
  if (lab.enter !== null) lines.push(`enter     ${lab.enter} <program>`)
  return lines.join('\n') + '\n'
}

/** Who works together: clusters of VCSs, and those of Unified CM and IM and Presence with several nodes. */
function clusterLines({ clusters, hosts }: LabDescription): string[] {
  const ofVcss = clusters.map(({ name, master, peers }) => {
    const { expressways } = hosts[master]!
    const towards = expressways === undefined ? '' : `; connect to ${expressways.join(', ')}`
    return [name, withFirst(master, 'configuration master', peers) + towards] as const
  })
  const publishers = [...new Set(Object.values(hosts).flatMap(({ publisher }) => publisher ?? []))]
  const ofNodes = publishers.flatMap((publisher) => {
    const nodes = Object.keys(hosts).filter((name) => hosts[name]!.publisher === publisher)
    return nodes.length > 1 ? [[publisher, withFirst(publisher, 'publisher', nodes)] as const] : []
  })
  const rows = [...ofVcss, ...ofNodes]
  return rows.length === 0
    ? []
    : ['', 'cluster                members', ...rows.map(([name, members]) => `${column(name, 22)} ${members}`)]
}

function withFirst(first: string, rank: string, all: readonly string[]): string {
  return [`${first} (${rank})`, ...all.filter((name) => name !== first)].join(', ')
}

function userLines({ users }: LabDescription): string[] {
  const hasHomes = new Set(users.map(({ home }) => home)).size > 1
  const home = (text: string) => (hasHomes ? ` ${column(text, 8)}` : '')
  return [
    '',
    `user       line  device           place    ${home('home')} password`,
    ...users.map(
      ({ id, line, device, place, password, home: publisher }) =>
        `${column(id, 10)} ${column(line, 5)} ${column(device, 16)} ${column(place, 9)}${home(publisher)} ${password}`,
    ),
  ]
}

/** SIP devices without an account at Unified CM. */
function deviceLines({ devices }: LabDescription): string[] {
  const row = (id: string, alias: string, place: string, address: string, ports: string, password: string) =>
    `${column(id, 10)} ${column(alias, 28)} ${column(place, 9)} ${column(address, 12)} ${column(ports, 18)} ${password}`
  return devices.length === 0
    ? []
    : [
        '',
        row('SIP device', 'alias', 'place', 'address', 'listens', 'password'),
        ...devices.map(({ id, alias, place, address, ports, password }) => {
          const listens = Object.entries(ports).map(([use, port]) => `${use} ${port}`)
          return row(id, alias, place, address, listens.join(', '), password)
        }),
      ]
}

/** `text` broken behind commas into lines of at most `width` columns. */
function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const part of text.split(/(?<=, )/)) {
    if (lines.at(-1)!.length + part.trimEnd().length > width) lines.push('')
    lines.push(lines.pop()! + part)
  }
  return lines.map((line) => line.trimEnd())
}
