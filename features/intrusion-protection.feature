Feature: Automated intrusion protection
  The VCS Expressway blocks for a while who fails too often at its HTTP proxy.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: it is configured on the Expressway, category by category

    @IPS-01
    Scenario: a category is enabled and counts
      Given the Automated protection service is On
      Then the VCS Expressway shows the category "HTTP proxy authorization failure" as "Off"
      When the category "HTTP proxy authorization failure" is On
      Then the VCS Expressway shows the category "HTTP proxy authorization failure" as "On: Active"
      When the stranger guesses the password of Alice 5 times
      Then the VCS Expressway lists the address of the stranger as blocked: "HTTP proxy authorization failure"
      When the administrator unblocks the address of the stranger
      Then the VCS Expressway lists no blocked address
      And the stranger gets an answer from the HTTP proxy

  Rule: who guesses passwords gets no answer any more, everybody else does

    @IPS-02
    Scenario: somebody guesses Alice's password
      Given the Automated protection service is On
      And the category "HTTP proxy authorization failure" is On
      And the stranger has a connection to the HTTP proxy open
      When the stranger guesses the password of Alice 5 times
      Then the stranger gets no answer from the HTTP proxy
      And the open connection of the stranger gets no answer either
      And Alice gets an answer from the HTTP proxy
      When Alice signs in
      Then the sign-in of Alice succeeds
      When the clocks advance by 11 minutes
      Then the stranger gets an answer from the HTTP proxy
      And the VCS Expressway lists no blocked address

    @IPS-02
    Scenario: four wrong passwords are borne
      Given the Automated protection service is On
      And the category "HTTP proxy authorization failure" is On
      When the stranger guesses the password of Alice 4 times
      Then the stranger gets an answer from the HTTP proxy

    @IPS-02
    Scenario: an exempted address is never blocked
      Given the Automated protection service is On
      And the category "HTTP proxy authorization failure" is On
      And the address of the stranger is exempted
      When the stranger guesses the password of Alice 8 times
      Then the stranger gets an answer from the HTTP proxy
      And the VCS Expressway lists no blocked address

  Rule: who breaks HTTP gets no answer any more

    @IPS-03
    Scenario: somebody sends malformed requests
      Given the Automated protection service is On
      And the category "HTTP proxy protocol violation" is On
      When the stranger sends malformed HTTP 5 times
      Then the stranger gets no answer from the HTTP proxy
      And the VCS Expressway lists the address of the stranger as blocked: "HTTP proxy protocol violation"
      And Alice gets an answer from the HTTP proxy

    @IPS-03
    Scenario: the category is off
      Given the Automated protection service is On
      And the category "HTTP proxy protocol violation" is Off
      When the stranger sends malformed HTTP 8 times
      Then the stranger gets an answer from the HTTP proxy

  Rule: the Automated protection service has to be on

    @IPS-05
    Scenario: a category is enabled while the service is off
      Given the Automated protection service is Off
      And the category "HTTP proxy authorization failure" is On
      Then the VCS Expressway shows the category "HTTP proxy authorization failure" as "Off"
      When the stranger guesses the password of Alice 8 times
      Then the stranger gets an answer from the HTTP proxy
      And the VCS Expressway lists no blocked address
      When the Automated protection service is On
      And the stranger guesses the password of Alice 5 times
      Then the stranger gets no answer from the HTTP proxy

  Rule: the category "HTTP proxy resource access failure" must stay off

    @TRB-DROP-01 @IPS-04
    Scenario: client HTTPS requests are dropped
      Given the Automated protection service is On
      And the category "HTTP proxy resource access failure" is On
      And Alice is signed in
      When Alice asks for 5 pages that do not exist
      Then Alice gets no answer from the HTTP proxy
      And the VCS Expressway lists the address of Alice as blocked: "HTTP proxy resource access failure"
      And the board room gets an answer from the HTTP proxy

    @TRB-DROP-02 @IPS-04
    Scenario: the category is disabled
      Given the Automated protection service is On
      And the category "HTTP proxy resource access failure" is On
      And Alice is signed in
      When Alice asks for 5 pages that do not exist
      And the category "HTTP proxy resource access failure" is Off
      Then Alice gets no answer from the HTTP proxy
      When the administrator unblocks the address of Alice
      And Alice asks for 12 pages that do not exist
      Then Alice gets an answer from the HTTP proxy
      And the VCS Expressway lists no blocked address
