Feature: Jabber client connectivity without VPN

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the phone works the same with messaging on premises or in the cloud

    @JVPN-01
    Scenario: messaging on premises
      Given Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice hangs up
      Then the call ends at Carol
      And Unified CM has seen of Alice a registration and "INVITE, ACK, BYE"
      And Alice can read the voicemail list
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

    @JVPN-01
    Scenario: messaging in the WebEx cloud
      Given a hybrid deployment with the WebEx cloud
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice hangs up
      Then the call ends at Carol
      And Unified CM has seen of Alice a registration and "INVITE, ACK, BYE"
      And Alice can read the voicemail list
      And the XMPP session of Alice ends at the WebEx cloud
      And the VCS Control shows no configuration error

  Rule: the platform of a client does not matter

    @JVPN-03
    Scenario Outline: Jabber for <platform>
      Given the Jabber of Alice is release "<release>" for <platform>
      And Bob is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Expressway receives User-Agent "Jabber-<name>" from Alice
      And Unified CM has Alice registered
      When Alice writes "hello" to Bob
      Then Bob reads "hello" from Alice

      Examples:
        | platform | release | name    |
        | Windows  | 9.7.0   | Win     |
        | iOS      | 9.6.1   | iOS     |
        | Android  | 9.6     | Android |

    @JVPN-03
    Scenario Outline: a client of whatever platform: "<agent>"
      Given the Jabber of Alice calls itself "<agent>"
      And Bob is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Expressway receives User-Agent "<agent>" from Alice
      And Unified CM has Alice registered
      When Alice writes "hello" to Bob
      Then Bob reads "hello" from Alice

      Examples:
        | agent                        |
        | Jabber-Mac-472               |
        | Some other device 0.1 (BeOS) |

  Rule: Jabber Video for TelePresence is no supported client

    @JVPN-11
    Scenario: it asks the Expressway for its own kind of provisioning
      Given Alice is signed in
      When a Jabber Video client on the internet asks the Expressway for provisioning, with the password of Alice
      Then the Jabber Video client is refused
      And the VCS Control receives no "SUBSCRIBE"
      And the Unified CM receives no "SUBSCRIBE"
