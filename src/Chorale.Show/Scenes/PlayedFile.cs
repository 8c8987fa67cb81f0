using System.Diagnostics.CodeAnalysis;
using Chorale.Show.Players;

namespace Chorale.Show.Scenes;

/// <summary>The file an audio or video action speaks of: the player's own reading of its words.</summary>
internal static class PlayedFile
{
    /// <param name="isStarted">It is played, not stopped.</param>
    /// <returns>False: the player will not understand it, and says why.</returns>
    public static bool TryRead(ActionKind kind, string message, out string? file, out bool isStarted, [NotNullWhen(false)] out string? problem)
    {
        var isUnderstood = kind == ActionKind.Audio ? PlayerWords.TryAudio(message, out var word, out problem) : PlayerWords.TryVideo(message, out word, out problem);
        file = isUnderstood ? word.File : null;
        isStarted = isUnderstood && word.Verb == PlayerVerb.Play;
        return isUnderstood;
    }

    /// <summary>The file that this action starts; null = it starts none.</summary>
    public static string? Of(SceneAction action) =>
        action.Kind is ActionKind.Audio or ActionKind.Video && TryRead(action.Kind, action.Message, out var file, out var isStarted, out _) && isStarted ? file : null;
}
