import type { UnifiedCmConfiguration } from './document.ts'

type Table =
  | 'users'
  | 'devices'
  | 'lines'
  | 'servers'
  | 'callManagerGroups'
  | 'regionRelationships'
  | 'phoneNtpReferences'
  | 'dateTimeGroups'
  | 'devicePools'
  | 'phoneSecurityProfiles'
  | 'sipTrunkSecurityProfiles'
  | 'sipTrunks'
  | 'routePatterns'
  | 'sipRoutePatterns'

export interface Contradiction {
  readonly key: Table
  readonly index: number
  readonly says: string
}

/** What no single field shows: names used twice, references into nothing, settings that exclude each other. */
export function contradictionsOf(configuration: UnifiedCmConfiguration): Contradiction[] {
  return [
    ...namesUsedTwice(configuration),
    ...brokenReferences(configuration),
    ...serverProblems(configuration),
    ...profileProblems(configuration),
  ]
}

function namesUsedTwice(configuration: UnifiedCmConfiguration): Contradiction[] {
  const { users, devices, lines, servers, callManagerGroups, regionRelationships } = configuration
  const { phoneNtpReferences, dateTimeGroups, devicePools, phoneSecurityProfiles } = configuration
  const names: Readonly<Record<Table, readonly string[]>> = {
    users: users.map((each) => each.id.toLowerCase()),
    devices: devices.map((each) => each.name.toUpperCase()),
    lines: lines.map((each) => each.number),
    servers: servers.map((each) => each.name.toLowerCase()),
    callManagerGroups: callManagerGroups.map((each) => each.name),
    regionRelationships: regionRelationships.map((each) => [each.of, each.region].sort().join(' and ')),
    phoneNtpReferences: phoneNtpReferences.map((each) => each.ipAddress),
    dateTimeGroups: dateTimeGroups.map((each) => each.groupName),
    devicePools: devicePools.map((each) => each.devicePoolName),
    phoneSecurityProfiles: phoneSecurityProfiles.map((each) => each.name),
    sipTrunkSecurityProfiles: configuration.sipTrunkSecurityProfiles.map((each) => each.name),
    sipTrunks: configuration.sipTrunks.map((each) => each.name.toUpperCase()),
    routePatterns: configuration.routePatterns.map((each) => each.pattern),
    sipRoutePatterns: configuration.sipRoutePatterns.map((each) => each.pattern.toLowerCase()),
  }
  return Object.entries(names).flatMap(([key, all]) =>
    all.flatMap((name, index) =>
      all.indexOf(name) === index ? [] : [{ key: key as Table, index, says: `${name} exists twice` }],
    ),
  )
}

/** One reference: who names what, and where that would have to be. */
interface Reference {
  readonly key: Table
  readonly index: number
  readonly what: string
  readonly name: string
  readonly among: ReadonlySet<string>
}

function brokenReferences(configuration: UnifiedCmConfiguration): Contradiction[] {
  return references(configuration)
    .filter(({ name, among }) => !among.has(name) && !among.has(name.toLowerCase()))
    .map(({ key, index, what, name }) => ({ key, index, says: `${what} ${name} does not exist` }))
}

function references(configuration: UnifiedCmConfiguration): Reference[] {
  const { users, devices, devicePools, dateTimeGroups, callManagerGroups, regionRelationships } = configuration
  const known = {
    devices: new Set(devices.map((each) => each.name.toLowerCase())),
    users: new Set(users.map((each) => each.id.toLowerCase())),
    profiles: new Set(configuration.phoneSecurityProfiles.map((each) => each.name)),
    pools: new Set(devicePools.map((each) => each.devicePoolName)),
    groups: new Set(callManagerGroups.map((each) => each.name)),
    dates: new Set(dateTimeGroups.map((each) => each.groupName)),
    // A region exists once it has a page, where its relationships stand.
    regions: new Set(['Default', ...regionRelationships.map((each) => each.of)]),
    ntp: new Set(configuration.phoneNtpReferences.map((each) => each.ipAddress)),
    servers: new Set(configuration.servers.map((each) => each.name.toLowerCase())),
    trunkProfiles: new Set(configuration.sipTrunkSecurityProfiles.map((each) => each.name)),
    trunks: new Set(configuration.sipTrunks.map((each) => each.name)),
    searchSpaces: new Set(configuration.callingSearchSpaces.map((each) => each.name)),
  }
  const from = (key: Table, index: number) => (what: string, name: string | undefined, among: ReadonlySet<string>) =>
    name === undefined ? [] : [{ key, index, what, name, among }]
  return [
    ...users.flatMap((user, index) =>
      user.devices.flatMap((name) => from('users', index)('controlled device', name, known.devices)),
    ),
    ...devices.flatMap((device, index) => [
      ...from('devices', index)('owner', device.owner, known.users),
      ...from('devices', index)('phone security profile', device.securityProfile, known.profiles),
      ...from('devices', index)('device pool', device.devicePool, known.pools),
      ...from('devices', index)('calling search space', device.callingSearchSpace, known.searchSpaces),
    ]),
    ...configuration.sipTrunks.flatMap((trunk, index) => [
      ...from('sipTrunks', index)('SIP Trunk Security Profile', trunk.sipTrunkSecurityProfile, known.trunkProfiles),
      ...from('sipTrunks', index)('device pool', trunk.devicePool, known.pools),
    ]),
    ...configuration.routePatterns.flatMap((each, index) =>
      from('routePatterns', index)('trunk', each.gatewayOrRouteList, known.trunks),
    ),
    ...configuration.sipRoutePatterns.flatMap((each, index) =>
      from('sipRoutePatterns', index)('trunk', each.sipTrunk, known.trunks),
    ),
    ...devicePools.flatMap((pool, index) => [
      ...from('devicePools', index)('Cisco Unified CM Group', pool.unifiedCmGroup, known.groups),
      ...from('devicePools', index)('Date/Time Group', pool.dateTimeGroup, known.dates),
      ...from('devicePools', index)('region', pool.region, known.regions),
    ]),
    ...dateTimeGroups.flatMap((group, index) =>
      group.selectedPhoneNtpReferences.flatMap((name) =>
        from('dateTimeGroups', index)('Phone NTP Reference', name, known.ntp),
      ),
    ),
    ...callManagerGroups.flatMap((group, index) =>
      group.members.flatMap((name) => from('callManagerGroups', index)('server', name, known.servers)),
    ),
    ...regionRelationships.flatMap((each, index) => [
      ...from('regionRelationships', index)('region', each.region, known.regions),
    ]),
  ]
}

function serverProblems({ servers, fqdn }: UnifiedCmConfiguration): Contradiction[] {
  const found: Contradiction[] = servers.flatMap((each, index) =>
    each.sipPhonePort === each.sipPhoneSecurePort
      ? [{ key: 'servers', index, says: 'SIP Phone Port and SIP Phone Secure Port must not be the same' }]
      : [],
  )
  const isHere = servers.some((each) => each.fqdn.toLowerCase() === fqdn.toLowerCase())
  return isHere ? found : [...found, { key: 'servers', index: 0, says: `this node, ${fqdn}, is not among them` }]
}

/** The page offers TLS only for a secure mode, and a secure mode only with TLS. */
function profileProblems({ phoneSecurityProfiles }: UnifiedCmConfiguration): Contradiction[] {
  return phoneSecurityProfiles.flatMap(({ deviceSecurityMode, transportType }, index) =>
    (deviceSecurityMode === 'Non Secure') === (transportType !== 'TLS')
      ? []
      : [
          {
            key: 'phoneSecurityProfiles' as const,
            index,
            says: `Device Security Mode ${deviceSecurityMode} does not go with Transport Type ${transportType}`,
          },
        ],
  )
}
