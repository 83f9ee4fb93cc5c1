import type { LabDescription } from '#lab/description.ts'
import { column } from './operate.ts'

/** Addresses, users and administrator URLs of a running lab as text of at most 100 columns. */
export function addressTable(lab: LabDescription): string {
  const lines = ['host     name                  address      ports']
  for (const [name, { fqdn, address, ports }] of Object.entries(lab.hosts)) {
    const text = Object.entries(ports)
      .map(([use, port]) => `${use} ${port}`)
      .join(', ')
    lines.push(`${column(name, 8)} ${column(fqdn, 21)} ${column(address, 12)} ${text}`)
  }
  lines.push('', 'user       line  device           place     password')
  for (const { id, line, device, place, password } of lab.users) {
    lines.push(`${column(id, 10)} ${column(line, 5)} ${column(device, 16)} ${column(place, 9)} ${password}`)
  }
  lines.push('', 'administration')
  for (const [name, { admin }] of Object.entries(lab.hosts)) {
    if (admin !== undefined)
      lines.push(`${column(name, 8)} ${column(admin.url, 28)} ${admin.username} / ${admin.password}`)
  }
  lines.push('', `DNS       outside ${lab.dns.public}   inside ${lab.dns.internal}`, `CA        ${lab.ca}`)
  if (lab.enter !== null) lines.push(`enter     ${lab.enter} <program>`)
  return lines.join('\n') + '\n'
}
