export type AlarmSeverity = 'Alert' | 'Critical' | 'Error' | 'Warning'

/** What stands on Status > Alarms. Ids are those of release X14 (wire facts §10.5); texts are ours. */
export interface AlarmDescription {
  readonly title: string
  readonly severity: AlarmSeverity
  readonly description: string
  /** The Action column. */
  readonly action: string
  /** Page of the VCS where it is mended, as menu path. */
  readonly page?: string
}

export const alarmCatalogue = {
  15004: {
    title: 'Application failed',
    severity: 'Error',
    description: 'An unexpected software error was detected in portforwarding.pyc',
    action: 'Check that the host name of the VCS Expressway has letters, digits and hyphens only, then restart',
    page: 'System > DNS',
  },
  20003: {
    title: 'Cluster configuration mismatch',
    severity: 'Warning',
    description: 'This system and a peer of its cluster are configured differently',
    action:
      'Enter the same cluster name, configuration master, pre-shared key and peers on every peer, and run the same software on all',
    page: 'System > Clustering',
  },
  20004: {
    title: 'Cluster communication failure',
    severity: 'Warning',
    description: 'A peer of the cluster cannot be reached',
    action: 'Check that the peer runs, its address, and that peers reach each other on TCP port 4372',
    page: 'System > Clustering',
  },
  20009: {
    title: 'Cluster replication failure',
    severity: 'Warning',
    description: 'The configuration of the master was not taken by a peer',
    action: 'Check that every peer runs the same software and names the same configuration master',
    page: 'System > Clustering',
  },
  25010: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'Changes are stored that take effect when the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25020: {
    title: 'NTP client failure',
    severity: 'Warning',
    description: 'The NTP client has an answer of a server but cannot set the time by it',
    action: 'Check the state of each NTP server, its authentication method and its key',
    page: 'System > Time',
  },
  25021: {
    title: 'NTP server not available',
    severity: 'Warning',
    description: 'No NTP server can be reached',
    action: 'Check the addresses of the NTP servers, the DNS servers and that UDP port 123 is open',
    page: 'System > Time',
  },
  25022: {
    title: 'Time not synchronized over traversal zone',
    severity: 'Warning',
    description: 'The clocks of this system and of its traversal zone peer differ by more than 60 seconds',
    action: 'Check that both systems are synchronized to a reliable NTP server',
    page: 'System > Time',
  },
  25011: {
    title: 'Restart required',
    severity: 'Warning',
    description:
      'The server certificate or the HTTPS service has changed; the old one is in use until the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25012: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'The trusted CA certificates have changed; the old ones are in use until the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25013: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'The HTTP service has changed; the change takes effect when the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25014: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'The IP configuration has changed; the change takes effect when the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25015: {
    title: 'Restart required',
    severity: 'Warning',
    description:
      'The DNS configuration has changed; Unified Communications services use the old one until the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25016: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'The domains have changed; Unified Communications services use the old ones until the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25017: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'The SSH service has changed; the change takes effect when the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  25018: {
    title: 'Port conflict',
    severity: 'Error',
    description: 'Two services are configured for the same ports',
    action: 'Give each of the services in the detail ports of its own',
    page: 'Configuration > Traversal > Ports',
  },
  30001: {
    title: 'Capacity warning',
    severity: 'Warning',
    description: 'The number of concurrent traversal calls is close to the licensed limit',
    action: 'Add traversal call licences where this goes on',
    page: 'Maintenance > Option keys',
  },
  30002: {
    title: 'Capacity warning',
    severity: 'Warning',
    description: 'The number of concurrent traversal calls is close to the limit of the system',
    action: 'Move calls to another system, or add a peer to the cluster',
    page: 'Status > System > Resource usage',
  },
  30003: {
    title: 'Capacity warning',
    severity: 'Warning',
    description: 'The number of concurrent non-traversal calls is close to the limit of the system',
    action: 'Move calls to another system, or add a peer to the cluster',
    page: 'Status > System > Resource usage',
  },
  30004: {
    title: 'Capacity warning',
    severity: 'Warning',
    description: 'The number of concurrent non-traversal calls is close to the licensed limit',
    action: 'Add non-traversal call licences where this goes on',
    page: 'Maintenance > Option keys',
  },
  /** The number is ours. */
  30014: {
    title: 'Registration limit reached',
    severity: 'Warning',
    description:
      'The system holds as many registrations as it can, its own and those of Unified CM; further ones are rejected',
    action: 'Move registrations to another system, or add a peer to the cluster',
    page: 'Status > Registrations > By device',
  },
  30019: {
    title: 'Call license limit reached',
    severity: 'Warning',
    description: 'All non-traversal call licences are in use; further calls are rejected',
    action: 'Add non-traversal call licences',
    page: 'Maintenance > Option keys',
  },
  30020: {
    title: 'Call license limit reached',
    severity: 'Warning',
    description: 'All traversal call licences are in use; further calls are rejected',
    action: 'Add traversal call licences',
    page: 'Maintenance > Option keys',
  },
  30022: {
    title: 'Call capacity limit reached',
    severity: 'Warning',
    description: 'The system carries as many non-traversal calls as it can; further calls are rejected',
    action: 'Move calls to another system, or add a peer to the cluster',
    page: 'Status > System > Resource usage',
  },
  30023: {
    title: 'Call capacity limit reached',
    severity: 'Warning',
    description:
      'The system carries as many traversal calls and Unified CM remote sessions as it can; further calls are rejected',
    action: 'Move calls to another system, or add a peer to the cluster',
    page: 'Status > System > Resource usage',
  },
  35013: {
    title: 'Unified Communications SSH tunnel failure',
    severity: 'Error',
    description: 'The SSH tunnel between the VCS Control and the VCS Expressway is not active',
    action:
      'Check that the traversal zone is active, then DNS, NTP and the certificates of both VCSs, and that TCP port 2222 is open from the VCS Control to the VCS Expressway',
    page: 'Status > Unified Communications',
  },
  35014: {
    title: 'Unified Communications SSH tunnel notification failure',
    severity: 'Error',
    description: 'What the SSH tunnel needs could not be told over the traversal zone',
    action:
      'Check that the traversal zone is active on both VCSs and that Unified Communications mode is Mobile and remote access on both',
    page: 'Status > Unified Communications',
  },
  35015: {
    title: 'Unified CM port conflict',
    severity: 'Warning',
    description:
      'A neighbor zone to Unified CM and the line side of Unified Communications use the same port of the same node',
    action: 'Let Unified CM and the neighbor zone of the trunk use a port other than 5060 and 5061',
    page: 'Configuration > Zones > Zones',
  },
  40030: {
    title: 'Firewall rules not active',
    severity: 'Warning',
    description: 'A firewall rule was rejected, so that the firewall rules are not in use',
    action: 'Correct the rejected rule and activate the rules again',
    page: 'System > Protection > Firewall rules > Configuration',
  },
  40031: {
    title: 'Firewall rules not restored',
    severity: 'Warning',
    description: 'The firewall rules were not confirmed and the earlier ones could not be restored',
    action: 'Activate the firewall rules again; restart the system where this fails',
    page: 'System > Protection > Firewall rules > Configuration',
  },
  40032: {
    title: 'Firewall not started',
    severity: 'Error',
    description: 'The firewall could not be started',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
  40033: {
    title: 'Automated protection failed',
    severity: 'Warning',
    description: 'The automated protection service has failed',
    action: 'Switch automated protection off and on again',
    page: 'System > System administration',
  },
  40034: {
    title: 'Automated protection configuration failed',
    severity: 'Warning',
    description: 'A category of the automated protection could not be put to use',
    action: 'Check the trigger level, the detection window and the block duration of the category',
    page: 'System > Protection > Automated detection > Configuration',
  },
  40040: {
    title: 'Unified Communications configuration error',
    severity: 'Error',
    description: 'TLS verify mode is not enabled on a Unified Communications services traversal zone',
    action: 'Set TLS verify mode of the zone to On',
    page: 'Configuration > Zones > Zones',
  },
  40041: {
    title: 'Automated intrusion protection rules are not available',
    severity: 'Warning',
    description: 'The rules that block addresses are not available: no address is blocked',
    action: 'Switch automated protection off and on again; restart the system where this fails',
    page: 'System > Protection > Automated detection > Configuration',
  },
  40043: {
    title: 'Unified Communications configuration error',
    severity: 'Error',
    description: 'Media encryption is not enforced on a Unified Communications services traversal zone',
    action: 'Set Media encryption mode of the zone to Force encrypted',
    page: 'Configuration > Zones > Zones',
  },
  40048: {
    title: 'Unified Communications configuration error',
    severity: 'Error',
    description: 'SIP TLS is disabled',
    action: 'Set TLS mode to On',
    page: 'Configuration > Protocols > SIP',
  },
} as const satisfies Record<number, AlarmDescription>

export type AlarmId = keyof typeof alarmCatalogue
