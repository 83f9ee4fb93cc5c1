Feature: Supported clients when using mobile and remote access
  Nothing on the edge asks a client for its release; who looks at Unified CM sees which of them are too old.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the guide names the oldest release of each client

    @PRE-06
    Scenario Outline: Jabber for Windows <release> is <verdict>
      Given the Jabber of Alice is release "<release>" for Windows
      When Alice signs in
      Then Unified CM has Alice registered
      And the client of Alice is "<verdict> client: Jabber for Windows <release>"

      Examples:
        | release | verdict     |
        | 9.7.0   | supported   |
        | 10.5.1  | supported   |
        | 9.6.3   | unsupported |

    @PRE-07
    Scenario Outline: Jabber for iOS <release> is <verdict>
      Given the Jabber of Alice is release "<release>" for iOS
      When Alice signs in
      Then Unified CM has Alice registered
      And the client of Alice is "<verdict> client: Jabber for iOS <release>"

      Examples:
        | release | verdict     |
        | 9.6.1   | supported   |
        | 9.6.0   | unsupported |

    @PRE-08
    Scenario Outline: Jabber for Android <release> is <verdict>
      Given the Jabber of Alice is release "<release>" for Android
      When Alice signs in
      Then Unified CM has Alice registered
      And the client of Alice is "<verdict> client: Jabber for Android <release>"

      Examples:
        | release | verdict     |
        | 9.6     | supported   |
        | 9.5     | unsupported |

    @PRE-09
    Scenario Outline: a TC endpoint with TC<release> is <verdict>
      Given the TC endpoint runs "<release>"
      When the board room signs in
      Then Unified CM has the board room registered
      And the client of the board room is "<verdict> client: TC <release>"

      Examples:
        | release | verdict     |
        | 7.0.1   | supported   |
        | 7.0.0   | unsupported |
        | 6.3.0   | unsupported |
