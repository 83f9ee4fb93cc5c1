import { phoneSecurityProfile, sipTrunkSecurityProfile, trustedCertificate } from '../configuration/security.ts'
import { routePattern, sipRoutePattern, sipTrunk } from '../configuration/trunks.ts'
import { serviceParameters } from '../configuration/service-parameters.ts'
import {
  callManagerGroup,
  dateTimeGroup,
  devicePool,
  enterpriseParameters,
  phoneNtpReference,
  regionRelationship,
  server,
  services,
} from '../configuration/system.ts'
import { applicationUser, device, document, user } from '../configuration/document.ts'
import type { Page } from './page.ts'
import { form, table } from './page.ts'

const by = (key: string) => (row: Readonly<Record<string, unknown>>) => String(row[key])

/** The pages of the guide's menus, once: the browser's forms and management's `set` are both made of them. */
export const pages: readonly Page[] = [
  table(
    'System > Server',
    server,
    { path: 'servers', title: by('name') },
    {
      name: 'Host Name/IP Address',
      fqdn: 'Fully Qualified Domain Name in DNS',
      description: 'Description',
    },
  ),
  table(
    'System > Cisco Unified CM',
    server,
    { path: 'servers', title: (row) => `CM_${String(row['name'])}`, mayAdd: false },
    {
      sipPhonePort: 'SIP Phone Port',
      sipPhoneSecurePort: 'SIP Phone Secure Port',
    },
  ),
  table(
    'System > Cisco Unified CM Group',
    callManagerGroup,
    { path: 'callManagerGroups', title: by('name') },
    {
      name: 'Name',
      members: 'Selected Cisco Unified Communications Managers',
    },
  ),
  table(
    'System > Phone NTP Reference',
    phoneNtpReference,
    { path: 'phoneNtpReferences', title: by('ipAddress') },
    {
      ipAddress: 'IP Address',
      description: 'Description',
      mode: 'Mode',
    },
  ),
  table(
    'System > Date/Time Group',
    dateTimeGroup,
    { path: 'dateTimeGroups', title: by('groupName') },
    {
      groupName: 'Group Name',
      timeZone: 'Time Zone',
      selectedPhoneNtpReferences: 'Selected Phone NTP References',
    },
  ),
  table(
    'System > Region Information > Region',
    regionRelationship,
    {
      path: 'regionRelationships',
      title: ({ of, region }) => (of === region ? String(of) : `${String(of)} to ${String(region)}`),
    },
    {
      of: 'Name',
      region: 'Region',
      audioCodecPreferenceList: 'Audio Codec Preference List',
      maximumAudioBitRate: 'Maximum Audio Bit Rate',
      maximumSessionBitRateForVideoCalls: 'Maximum Session Bit Rate for Video Calls',
    },
  ),
  table(
    'System > Device Pool',
    devicePool,
    { path: 'devicePools', title: by('devicePoolName') },
    {
      devicePoolName: 'Device Pool Name',
      unifiedCmGroup: 'Cisco Unified Communications Manager Group',
      dateTimeGroup: 'Date/Time Group',
      region: 'Region',
    },
  ),
  form(
    'System > Enterprise Parameters',
    enterpriseParameters,
    { path: 'enterpriseParameters' },
    {
      clusterId: 'Cluster ID',
      clusterSecurityMode: 'Cluster Security Mode',
    },
  ),
  form(
    'System > Service Parameters',
    serviceParameters,
    { path: 'serviceParameters' },
    {
      sipStationKeepaliveSeconds: 'SIP Station KeepAlive Interval',
      sipMaxIncomingMessageBytes: 'SIP Max Incoming Message Size',
      sipSessionExpiresSeconds: 'SIP Session Expires Timer',
      sipMinSeSeconds: 'SIP Min-SE Value',
      t301Seconds: 'T301 Timer',
      sipStationTcpPortThrottleThreshold: 'SIP Station TCP Port Throttle Threshold',
      axlMemoryKilobytes: 'AXL Memory Allocation (KB per minute)',
    },
  ),
  table(
    'System > Security > Phone Security Profile',
    phoneSecurityProfile,
    { path: 'phoneSecurityProfiles', title: by('name') },
    {
      productType: 'Product Type',
      deviceProtocol: 'Device Protocol',
      name: 'Name',
      description: 'Description',
      nonceValidityTime: 'Nonce Validity Time',
      deviceSecurityMode: 'Device Security Mode',
      transportType: 'Transport Type',
      enableDigestAuthentication: 'Enable Digest Authentication',
      tftpEncryptedConfig: 'TFTP Encrypted Config',
      excludeDigestCredentialsInConfigurationFile: 'Exclude Digest Credentials in Configuration File',
      authenticationMode: 'Authentication Mode',
      keySizeBits: 'Key Size (Bits)',
      sipPhonePort: 'SIP Phone Port',
    },
  ),
  table(
    'System > Security > SIP Trunk Security Profile',
    sipTrunkSecurityProfile,
    { path: 'sipTrunkSecurityProfiles', title: by('name'), hasApplyConfig: true },
    {
      name: 'Name',
      description: 'Description',
      deviceSecurityMode: 'Device Security Mode',
      incomingTransportType: 'Incoming Transport Type',
      outgoingTransportType: 'Outgoing Transport Type',
      x509SubjectName: 'X.509 Subject Name',
      incomingPort: 'Incoming Port',
    },
  ),
  table(
    'Call Routing > Route/Hunt > Route Pattern',
    routePattern,
    { path: 'routePatterns', title: by('pattern') },
    {
      pattern: 'Route Pattern',
      description: 'Description',
      gatewayOrRouteList: 'Gateway/Route List',
      discardDigits: 'Discard Digits',
    },
  ),
  table(
    'Call Routing > SIP Route Pattern',
    sipRoutePattern,
    { path: 'sipRoutePatterns', title: by('pattern') },
    { pattern: 'IPv4 Pattern', description: 'Description', sipTrunk: 'SIP Trunk/Route List' },
  ),
  form('Advanced Features > ILS Configuration', document, { path: undefined }, { ils: 'Intercluster Lookup Service' }),
  table(
    'Device > Phone',
    device,
    { path: 'devices', title: by('name') },
    {
      name: 'Device Name',
      model: 'Phone Type',
      devicePool: 'Device Pool',
      callingSearchSpace: 'Calling Search Space',
      securityProfile: 'Device Security Profile',
      owner: 'Owner User ID',
      line: 'Directory Number',
      furtherLines: 'Further Directory Numbers',
      description: 'Description',
      certificateOperation: 'Certificate Operation',
    },
  ),
  table(
    'Device > Trunk',
    sipTrunk,
    { path: 'sipTrunks', title: by('name') },
    {
      name: 'Device Name',
      description: 'Description',
      devicePool: 'Device Pool',
      destinationAddress: 'Destination Address',
      destinationPort: 'Destination Port',
      sipTrunkSecurityProfile: 'SIP Trunk Security Profile',
      earlyOfferSupport: 'Early Offer support for voice and video calls',
    },
  ),
  table(
    'User Management > Application User',
    applicationUser,
    { path: 'applicationUsers', title: by('id'), mayAdd: false },
    { roles: 'Roles' },
  ),
  table(
    'User Management > End User',
    user,
    { path: 'users', title: by('id'), mayAdd: false },
    {
      displayName: 'Display Name',
      email: 'Mail ID',
      line: 'Primary Extension',
      homeCluster: 'Home Cluster',
      imAndPresence: 'Enable User for Unified CM IM and Presence',
      devices: 'Controlled Devices',
      roles: 'Roles',
    },
  ),
  form(
    'Tools > Service Activation',
    services,
    { path: 'services', application: 'Cisco Unified Serviceability' },
    {
      callManager: 'Cisco CallManager',
      tftp: 'Cisco Tftp',
      axl: 'Cisco AXL Web Service',
      uds: 'Cisco User Data Services',
      capf: 'Cisco Certificate Authority Proxy Function',
    },
  ),
  table(
    'Security > Certificate Management',
    trustedCertificate,
    {
      path: 'trustedCertificates',
      application: 'Cisco Unified OS Administration',
      title: ({ certificatePurpose, description, certificate }) =>
        `${String(certificatePurpose)} ${String(description) || String(certificate).slice(-40, -30)}`,
    },
    { certificatePurpose: 'Certificate Purpose', description: 'Description', certificate: 'Certificate' },
  ),
]
