Feature: Hostile input at the Expressway
  A stranger on the internet gets the right error for what is no request, and never anything from inside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a path of the HTTPS edge is exact, or it is refused before anybody inside hears of it

    Scenario Outline: <what> in front of a path
      Given the deployment runs
      When a hostile stranger asks the HTTPS edge for "<target>"
      Then the hostile stranger is answered "HTTP/1.1 <status>"
      And the VCS Control receives no "GET /" from the VCS Expressway

      Examples:
        | what                    | target                                                                  | status          |
        | no base64               | /get_edge_config                                                        | 400 Bad Request |
        | three fields            | /ZXhhbXBsZS5jb20vaHR0cHMvY3VjbTEuZXhhbXBsZS5jb20/cucm-uds/version       | 400 Bad Request |
        | a NUL                   | /ZXhhbXBsZS5jb20A/get_edge_config                                       | 400 Bad Request |
        | wrong padding           | /ZXhhbXBsZS5jb20==/get_edge_config                                      | 400 Bad Request |
        | a domain not ours       | /ZXhhbXBsZS5vcmc/get_edge_config                                        | 403 Forbidden   |

  Rule: SIP is the same however TCP cuts it, and nothing goes inside without an identity

    Scenario: a REGISTER without the edge Route
      Given the deployment runs
      When a hostile stranger sends the VCS Expressway a "REGISTER" without a Route
      Then the hostile stranger is answered "SIP/2.0 403 Forbidden"
      And the VCS Control receives no "REGISTER"

    Scenario: glued, whole and byte by byte
      Given the deployment runs
      When a hostile stranger sends the VCS Expressway two REGISTERs glued, whole and byte by byte
      Then the hostile stranger is answered each of them "SIP/2.0 403 Forbidden" in every way

    Scenario Outline: <method> of somebody who has not signed in
      Given the deployment runs
      When a hostile stranger sends the VCS Expressway a "<method>" along the edge Route
      Then the hostile stranger is answered "SIP/2.0 407 Proxy Authentication Required"
      And the VCS Control receives no "<method>"
      And the Unified CM receives no "<method>"

      Examples:
        | method    |
        | REGISTER  |
        | INVITE    |
        | MESSAGE   |
        | SUBSCRIBE |
        | REFER     |
        | PUBLISH   |
        | NOTIFY    |
        | INFO      |

    Scenario: no Control has come to the Expressway yet, and one does
      Given the deployment runs
      When the VCS Control fails
      And the VCS Expressway is started again
      And a hostile stranger sends the VCS Expressway a "REGISTER" along the edge Route
      Then the hostile stranger is answered "SIP/2.0 503 Service Unavailable"
      When the VCS Control is started again
      Then the VCS Control is ready again
      When a hostile stranger sends the VCS Expressway a "REGISTER" along the edge Route
      Then the hostile stranger is answered "SIP/2.0 407 Proxy Authentication Required"

    Scenario: a challenge is for one source
      Given the deployment runs
      When a hostile stranger sends the VCS Expressway a "REGISTER" along the edge Route with made-up credentials
      Then the hostile stranger is answered "SIP/2.0 407 Proxy Authentication Required"
      And the challenge says that the nonce is stale
      And the Unified CM receives no "REGISTER"

  Rule: XMPP is nothing but STARTTLS before TLS, and restricted XML behind it

    @SEC-05
    Scenario: authentication before STARTTLS
      Given the deployment runs
      When a hostile stranger sends credentials to port 5222 before STARTTLS
      Then the hostile stranger was offered STARTTLS as required and no mechanism
      And the hostile stranger is answered "<not-authorized"
      And the connection of the hostile stranger is closed
      And the VCS Control receives no "<session open"

    Scenario: an XML entity bomb
      Given the deployment runs
      When a hostile stranger sends an XML entity bomb to port 5222 behind TLS
      Then the hostile stranger is answered "<restricted-xml"
      And the connection of the hostile stranger is closed

    Scenario: clear bytes behind the wish for TLS
      Given the deployment runs
      When a hostile stranger injects a stanza behind "starttls" on port 5222
      Then the hostile stranger is answered "<policy-violation"
      And the connection of the hostile stranger is closed
