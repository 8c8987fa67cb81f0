using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Players;

[JsonConverter(typeof(SnakeCaseEnum<PlayerKind>))]
public enum PlayerKind
{
    /// <summary>The room has neither sound nor picture.</summary>
    None,

    /// <summary>mpv on this machine.</summary>
    Mpv,

    /// <summary>Another machine, over MQTT.</summary>
    Remote,
}

[JsonConverter(typeof(SnakeCaseEnum<PlayerState>))]
public enum PlayerState
{
    /// <summary>There is no player.</summary>
    None,

    /// <summary>It has not been heard yet.</summary>
    Unknown,

    Starting,

    Idle,

    Playing,

    Paused,

    /// <summary>It does not run, or cannot be reached; <see cref="PlayerView.Problem"/> says why.</summary>
    Down,
}

[JsonConverter(typeof(SnakeCaseEnum<MediaKind>))]
public enum MediaKind
{
    Audio,
    Video,
}

/// <summary>One moment of a player.</summary>
/// <param name="Problem">What keeps it from working, or what last went wrong; for people.</param>
public sealed record PlayerView(PlayerKind Kind, PlayerState State, string? Problem, IReadOnlyList<PlayingFile> Playing);

/// <param name="File">As the words named it.</param>
/// <param name="Position">Into the file, at the moment of the view; null when not known yet, and for pictures.</param>
public sealed record PlayingFile(string File, MediaKind Kind, TimeSpan? Position);
