/** What Unified CM listens on beside the SIP phone ports, which are configured. */
export const ports = {
  /** Tomcat: UDS and AXL. */
  https: 8443,
  /** Configuration files over HTTP. */
  files: 6970,
  /** Certificate Authority Proxy Function. */
  capf: 3804,
  /** Between the nodes of a cluster. */
  nodes: 8002,
} as const
