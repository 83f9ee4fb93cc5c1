Feature: Ports used inside the VCS applications
  TCP 8191, 8192, 8883 and 8884 are used inside the VCSs and can be configured for nothing else.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a zone does not take a reserved port

    @PORT-N-05
    Scenario Outline: <port> for the traversal zone of the <vcs>
      Given the deployment runs
      When the administrator sets "Port" of "Configuration > Zones > Zones" on the <vcs> to "<port>"
      Then the change is refused
      And the refusal says "Port: <port> is used inside the VCS applications"
      And the traversal zone is active at both ends

      Examples:
        | vcs            | port |
        | VCS Control    | 8191 |
        | VCS Control    | 8192 |
        | VCS Expressway | 8191 |
        | VCS Expressway | 8192 |

    @PORT-N-06
    Scenario Outline: <port> for the traversal zone of the <vcs>
      Given the deployment runs
      When the administrator sets "Port" of "Configuration > Zones > Zones" on the <vcs> to "<port>"
      Then the change is refused
      And the refusal says "Port: <port> is used inside the VCS applications"
      And the traversal zone is active at both ends

      Examples:
        | vcs            | port |
        | VCS Control    | 8883 |
        | VCS Control    | 8884 |
        | VCS Expressway | 8883 |
        | VCS Expressway | 8884 |

    @PORT-N-05 @PORT-N-06
    Scenario: another port for the traversal zone
      Given both traversal zones use port 7002
      And the deployment runs
      Then the traversal zone is active at both ends
      And the VCS Control has connected to port 7002 of the VCS Expressway
