Feature: Deployment scenarios
  The guide has four deployment environments. In each of them everybody works outside as in the office.

  Rule: these four environments are supported

    @SCN-01
    Scenario Outline: the client script passes with <environment>
      Given the deployment environment "<environment>"
      When the client script runs
      Then every stage of the client script has passed

      Examples:
        | environment                       |
        | single network elements           |
        | single clustered network elements |
        | hybrid deployment                 |

      @slow
      Examples:
        | environment                         |
        | multiple clustered network elements |

  Rule: in the clustered environment each element is a cluster, and any one node may fail

    Background:
      Given a cluster of each: Controls, Expressways, Unified CM and IM&P

    @SCN-03
    Scenario Outline: the <element> fails
      Given everybody is signed in
      When the <element> fails
      Then everybody is back by the next keep-alive
      When the client script goes on
      Then every stage of the client script has passed

      Examples:
        | element               |
        | second VCS Control    |
        | second VCS Expressway |

      @slow
      Examples:
        | element                  |
        | VCS Control              |
        | VCS Expressway           |
        | Unified CM               |
        | subscriber of Unified CM |
        | IM&P                     |
        | subscriber of IM&P       |

    @SCN-03
    Scenario: both VCS Expressways fail
      Given Alice is signed in
      When the VCS Expressway fails
      And the second VCS Expressway fails
      Then Alice notices that phone and instant messaging are gone

  Rule: in the large environment there are several clusters of each element

    Background:
      Given two clusters of each: Controls, Expressways, Unified CM and IM&P

    @SCN-04 @slow
    Scenario: users of both Unified CM clusters sign in
      Given Erin is signed in
      When Alice signs in
      And Dave signs in
      Then the sign-in of Alice succeeds
      And the sign-in of Dave succeeds
      And the Unified CM cluster of Alice has her registered
      And the Unified CM cluster of Dave has him registered
      When Dave calls Erin
      Then the call connects
      And Dave and Erin hear each other

    @SCN-04 @slow
    Scenario: ILS is left off on the first cluster, and Dave is not found there
      Given ILS is not set up on the Unified CM
      And ILS is not set up on the subscriber of Unified CM
      When Dave tries to sign in until it works
      Then the client received 401 exactly when a VCS Control asked the cluster of the Unified CM

  Rule: a client reaches its home cluster by whichever Expressways and Controls it enters

    Background:
      Given two clusters of each: Controls, Expressways, Unified CM and IM&P

    @SCN-05 @slow
    Scenario: Dave enters by the Expressways of the first cluster
      Given the public DNS leads to the first Expressway cluster only
      When Dave signs in
      Then the sign-in of Dave succeeds
      And Dave is registered by way of the first Expressway cluster
      And the Unified CM cluster of Dave has him registered

    @SCN-05 @DISC-08 @slow
    Scenario: the Controls behind those Expressways have not discovered Dave's cluster
      Given the first cluster of Controls has not discovered the other Unified CM cluster
      And the public DNS leads to the first Expressway cluster only
      When Dave signs in
      Then Dave receives "401 Unauthorized"
      When Alice signs in
      Then the sign-in of Alice succeeds
