import type { Configuration } from './configuration.ts'
import type { Fields } from './field.ts'
import type { AnyPage, FormPage, TablePage } from './page.ts'
import { automatedDetection } from './pages/protection.ts'
import { domains, imAndPresenceServers, unifiedCommunications } from './pages/unified-communications.ts'
import { controlZones, expresswayZones } from './pages/zones.ts'
import { isShown } from './read-given.ts'

/** A line of "Configuration errors" on Status > Unified Communications. */
export interface ConfigurationError {
  readonly says: string
  readonly action: string
  /** Menu path of the page that holds the field. */
  readonly page: string
}

/** What the guide asks for and is missing or other; while the mode is off nothing but the mode. */
export function configurationErrors(configuration: Configuration): ConfigurationError[] {
  const modePage = configuration.pages.find(({ resource }) => resource === unifiedCommunications.resource)
  const isOff = configuration.storedValues(unifiedCommunications).mode === 'Off'
  const pages = isOff ? configuration.pages.filter((page) => page === modePage) : configuration.pages
  return pages.flatMap((page) => errorsOf(page, configuration))
}

function errorsOf(page: AnyPage, configuration: Configuration): ConfigurationError[] {
  if (page.kind === 'tool') return []
  if (page.kind === 'form') return fieldErrors(page, configuration.storedValues(page))
  const rows = configuration.storedRows(page)
  if (isZonePage(page)) return [...zoneErrors(page, rows), ...gatewayErrors(page, rows)]
  const isServed = (row: Row) => row['sipOnUnifiedCm'] === 'On' || row['imAndPresence'] === 'On'
  const counted = page.resource === domains.resource ? rows.filter(isServed) : rows
  return [
    ...(counted.length === 0 && isAsked(page, configuration) ? missingRow(page) : []),
    ...rows.flatMap((row) => fieldErrors(page, row)),
    ...(page.resource === domains.resource ? severalDomains(page, rows) : []),
    ...(page.resource === automatedDetection.resource ? forbiddenCategory(page, rows) : []),
  ]
}

/** The hybrid model has no IM and Presence server (guide: Discovering IM&P and Unified CM servers). */
function isAsked({ resource }: AnyPage, configuration: Configuration): boolean {
  if (resource !== imAndPresenceServers.resource) return true
  return configuration.storedRows(domains).some(({ imAndPresence }) => imAndPresence === 'On')
}

type Row = Readonly<Record<string, unknown>>

function isZonePage({ resource }: AnyPage): boolean {
  return resource === controlZones.resource || resource === expresswayZones.resource
}

/** Only the zone of Unified Communications has to be as the guide asks, and there is one of them. */
function zoneErrors(page: TablePage, rows: readonly Row[]): ConfigurationError[] {
  const zones = rows.filter((row) => row['ucServices'] === 'Yes' && isShown(page.fields['ucServices']!, row))
  if (zones.length === 0) return missingRow(page)
  const several = zones.map(({ name }) => String(name)).join(', ')
  return [
    ...zones.flatMap((zone) => fieldErrors(page, zone)),
    ...(zones.length === 1
      ? []
      : [
          {
            says: `Unified Communications services are on for more than one traversal zone: ${several}`,
            action: 'Set Unified Communications services to No for all zones but one',
            page: page.path,
          },
        ]),
  ]
}

/** Guide, Unsupported features and limitations: a VCS for Lync 2013 stands alone. */
function gatewayErrors({ path }: TablePage, rows: readonly Row[]): ConfigurationError[] {
  const profile = 'Microsoft Lync B2BUA'
  const gateways = rows.filter(({ type, zoneProfile }) => type === 'Neighbor' && zoneProfile === profile)
  return gateways.map(({ name }) => ({
    says: `The zone ${String(name)} is a gateway to Lync, which a VCS for mobile and remote access cannot be`,
    action: 'Delete the zone, and make it on a VCS Control that stands alone',
    page: path,
  }))
}

/** Guide, Unsupported features and limitations: neither several domains nor several customers are supported. */
function severalDomains({ path, fields }: TablePage, rows: readonly Row[]): ConfigurationError[] {
  const registered = rows.filter(({ sipOnUnifiedCm }) => sipOnUnifiedCm === 'On').map(({ name }) => String(name))
  if (registered.length < 2) return []
  const { label } = fields['sipOnUnifiedCm']!
  return [
    {
      says: `${label} is on for several domains, which is not supported: ${registered.join(', ')}`,
      action: `Set ${label} to Off for all domains but one`,
      page: path,
    },
  ]
}

function fieldErrors({ fields, path }: FormPage | TablePage, values: Row): ConfigurationError[] {
  return Object.entries(fields as Fields).flatMap(([name, field]) => {
    if (field.required === undefined || !isShown(field, values)) return []
    const value = String(values[name] ?? '')
    const isGood = field.requiredValue === undefined ? value !== '' : field.requiredValue.includes(value)
    if (isGood) return []
    const { label, requiredValue, remedy } = field
    const entry = requiredValue === undefined ? `Enter ${label}` : `Set ${label} to ${requiredValue.join(' or ')}`
    return [{ says: field.required, action: remedy ?? entry, page: path }]
  })
}

function missingRow({ required, path, create }: TablePage): ConfigurationError[] {
  return required === undefined ? [] : [{ says: required, action: create, page: path }]
}

function forbiddenCategory({ path }: TablePage, rows: readonly Row[]): ConfigurationError[] {
  const category = 'HTTP proxy resource access failure'
  if (!rows.some((row) => row['category'] === category && row['status'] === 'On')) return []
  return [{ says: `The category ${category} is on; it blocks clients`, action: 'Set its Status to Off', page: path }]
}
