Feature: An element fails and comes back
  In a deployment of single elements nothing takes over; what an element carried stops with it and comes back with it.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P
    And every host runs as a program of its own

  Rule: programs of their own do what they do together

    @process @SCN-02
    Scenario: sign-in, instant messaging and a call with every host a process
      Given Alice and Bob are signed in
      Then every host is a process of its own
      When Alice writes "anybody there?" to Bob
      Then Bob reads "anybody there?" from Alice
      And Alice finds Bob in the directory
      And Alice can read the voicemail list
      When Alice calls Bob
      Then the call connects
      And Alice and Bob hear each other

  Rule: the Expressway carries everything

    @process @SCN-02
    Scenario: the Expressway is killed while Alice is signed in
      Given Alice and Carol are signed in
      And the instant messaging of Alice works
      When the VCS Expressway is killed
      Then Alice notices that phone and instant messaging are gone
      And Carol keeps the phone
      When the VCS Expressway is started again
      Then the VCS Control is ready again
      And Alice is back without doing anything
      And the instant messaging of Alice is connected
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

    @process
    Scenario: the Expressway is killed while a stranger knocks
      Given the deployment runs
      When the VCS Expressway is killed
      And a stranger on the internet connects to port 5061 of the VCS Expressway
      Then the stranger is not connected
      When the VCS Expressway is started again
      And a stranger on the internet connects to port 5061 of the VCS Expressway
      Then the stranger is connected

  Rule: the Control carries everything but the connections of clients

    @process @SCN-02 @slow
    Scenario: the Control is killed while Alice is signed in
      Given Alice and Carol are signed in
      And the instant messaging of Alice works
      When the VCS Control is killed
      Then the instant messaging of Alice ends
      And the next registration of Alice fails
      When the VCS Control is started again
      Then the VCS Control is ready again
      And the instant messaging of Alice is connected
      And the phone of Alice works
      When Carol calls Alice
      Then the call connects
      And Alice and Carol hear each other

  Rule: without Unified CM there are no phones, but instant messaging

    @process @SCN-02 @slow
    Scenario: Unified CM is killed and forgets all registrations
      Given Alice and Bob are signed in
      When the Unified CM is killed
      Then the next registration of Alice fails
      When Alice writes "no calls today" to Bob
      Then Bob reads "no calls today" from Alice
      When the Unified CM is started again
      Then the VCS Control is ready again
      And Unified CM has Alice not registered
      When the clocks advance by 2 minutes
      Then Unified CM has Alice registered

  Rule: without IM and Presence calls go on

    @process @SCN-02 @slow
    Scenario: IM&P is killed while Alice chats
      Given Alice and Carol are signed in
      And the instant messaging of Alice works
      When the IM&P is killed
      Then the instant messaging of Alice ends
      And Alice keeps the phone
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When the IM&P is started again
      Then the VCS Control is ready again
      And the instant messaging of Alice is connected

  Rule: calls end with the element that carries them, and nothing stays counted

    @process @slow
    Scenario Outline: the <element> is killed during 20 calls
      Given Alice and Carol are signed in
      And Alice has 20 calls with Carol
      When the <element> is killed
      Then the other elements run on
      And the calls of Alice and Carol end
      And no call, licence or media port is counted where the VCSs still run
      When the <element> is started again
      Then the VCS Control is ready again
      And Alice and Carol come back
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

      Examples:
        | element        |
        | VCS Expressway |
        | Unified CM     |

    @process @slow
    Scenario: the Control is killed during 20 calls
      Given Alice and Carol are signed in
      And Alice has 20 calls with Carol
      When the VCS Control is killed
      Then the other elements run on
      And Alice is told by a BYE that 20 calls are over
      And Carol hears nothing in 20 calls
      And no call, licence or media port is counted where the VCSs still run
      When Carol ends all calls
      And the VCS Control is started again
      Then the VCS Control is ready again
      And Alice and Carol come back
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

    @process @slow
    Scenario Outline: the <element> is killed during 20 calls, which it does not carry
      Given Alice and Carol are signed in
      And Alice has 20 calls with Carol
      When the <element> is killed
      Then the other elements run on
      And Alice still has 20 calls with Carol
      When Alice ends all calls
      Then no call, licence or media port is counted where the VCSs still run

      Examples:
        | element           |
        | IM&P              |
        | Unity Connection  |
        | public DNS        |
        | internal DNS      |
        | inside NTP server |
        | public NTP server |
