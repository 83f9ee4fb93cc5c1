import type { LabDescription } from '#lab/description.ts'
import { column } from './operate.ts'

/** Addresses, users and administrator URLs of a running lab as text of at most 100 columns. */
export function addressTable(lab: LabDescription): string {
  const lines = ['host     name                  address      ports']
  for (const [name, { fqdn, address, ports }] of Object.entries(lab.hosts)) {
    const text = Object.entries(ports)
      .map(([use, port]) => `${use} ${port}`)
      .join(', ')
    const [first, ...further] = wrapped(text, 100 - 44)
    lines.push(`${column(name, 8)} ${column(fqdn, 21)} ${column(address, 12)} ${first}`)
    for (const line of further) lines.push(' '.repeat(44) + line)
  }
  lines.push('', 'user       line  device           place     password')
  for (const { id, line, device, place, password } of lab.users) {
    lines.push(`${column(id, 10)} ${column(line, 5)} ${column(device, 16)} ${column(place, 9)} ${password}`)
  }
  lines.push('', 'administration')
  for (const [name, { admin }] of Object.entries(lab.hosts)) {
    if (admin !== undefined)
      lines.push(`${column(name, 8)} ${column(admin.url, 35)} ${admin.username} / ${admin.password}`)
  }
  lines.push(`${column('AXL user', 8)} ${column('', 35)} ${lab.axl.username} / ${lab.axl.password}`)
  lines.push('', `DNS       outside ${lab.dns.public}   inside ${lab.dns.internal}`)
  lines.push(`NTP       outside ${lab.ntp.public}      inside ${lab.ntp.internal}`, `CA        ${lab.ca}`)
  if (lab.enter !== null) lines.push(`enter     ${lab.enter} <program>`)
  return lines.join('\n') + '\n'
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
