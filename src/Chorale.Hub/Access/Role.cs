namespace Chorale.Hub.Access;

/// <summary>What a person may do; each may do what those before it may.</summary>
public enum Role
{
    /// <summary>Sees and hears everything, changes nothing.</summary>
    Viewer,

    /// <summary>Runs it: starts, stops, scenes, outputs of the rooms.</summary>
    Operator,

    /// <summary>Sets it up: scenes, devices, users, raw messages.</summary>
    Technician,
}

/// <summary>One thing that can be done here, as the page knows it.</summary>
public enum Ability
{
    /// <summary>Look and listen.</summary>
    Read,

    /// <summary>Start and stop recorders, run scenes, press buttons, switch outputs of a room.</summary>
    Operate,

    /// <summary>STOP of a room.</summary>
    Stop,

    /// <summary>Write scenes, prepared commands, media and device lists of a room.</summary>
    EditRooms,

    /// <summary>Any message to a topic that is no known output of the room.</summary>
    SendRaw,

    /// <summary>Settings of modules, and their shutdown.</summary>
    Configure,

    /// <summary>Forget modules and devices.</summary>
    Forget,

    /// <summary>Users, credentials, devices, the record of who did what.</summary>
    Administer,
}

/// <summary>Which role which ability needs: the one table of it.</summary>
internal static class Abilities
{
    public static Role Needed(Ability ability) => ability switch
    {
        Ability.Read => Role.Viewer,
        Ability.Operate or Ability.Stop => Role.Operator,
        _ => Role.Technician,
    };

    /// <summary>
    /// What a hub on loopback without users and operators lets every program of the machine do: what it could do with the broker and the
    /// files beside it anyway. Never what makes or ends somebody's access.
    /// </summary>
    public static bool IsOpenOnLoopback(Ability ability) => ability is not (Ability.SendRaw or Ability.Administer);

    /// <summary>As bodies have it: <c>edit_rooms</c>.</summary>
    public static string Word(Ability ability) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(ability.ToString());

    public static string Word(Role role) => role.ToString().ToLowerInvariant();
}
