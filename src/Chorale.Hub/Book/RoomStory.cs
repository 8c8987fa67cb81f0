using Chorale.Show.Room;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Book;

/// <summary>What rooms tell, in the book; and the troubles that begin and end with it.</summary>
internal static class RoomStory
{
    /// <summary>What stands in a room's picture and is told by no event of its own.</summary>
    public static void Look(EventBook book, RoomView room)
    {
        if (room.Player.Problem is null) book.Troubles.Clear("player_problem", room.Room, null);
        else if (book.Troubles.Of("player_problem", room.Room).Count == 0) book.Raise("player_problem", BookArea.Rooms, room.Room, null, room.Player.Problem);
    }

    public static void Tell(EventBook book, RoomHappened e)
    {
        var level = e.Level >= LogLevel.Error ? BookLevel.Error : e.Level == LogLevel.Warning ? BookLevel.Warn : BookLevel.Info;
        book.Tell(new BookEvent(level, BookArea.Rooms, e.Room, e.Event, e.Text) { Reason = e.Reason, By = e.By, Args = e.Args });
        var troubles = book.Troubles;
        switch (e.Event)
        {
            case "run_failed": troubles.Raise(e.Event, BookArea.Rooms, e.Room, null, e.Reason is null ? e.Text : $"{e.Text}: {e.Reason}", e.AtUs); break;
            case "run_cut": troubles.Raise(e.Event, BookArea.Rooms, e.Room, e.Detail, null, book.NowUs, sinceUs: e.AtUs); break;
            case "run_began":
                troubles.Clear("run_failed", e.Room, null);
                // What the room plays by itself is no answer to a show that was cut off.
                if (e.Detail is not null) foreach (var cut in troubles.Of("run_cut", e.Room)) troubles.Clear(cut.Kind, e.Room, cut.Detail);
                break;
            case "command_failed": troubles.Raise(e.Event, BookArea.Rooms, e.Room, e.Detail, e.Reason is null ? e.Text : $"{e.Text}: {e.Reason}", e.AtUs); break;
            case "command": troubles.Clear("command_failed", e.Room, e.Detail); break;
            case "room_link_lost" or "room_simulated": troubles.Raise("room_link", BookArea.Rooms, e.Room, null, e.Reason, e.AtUs); break;
            case "room_link_back": troubles.Clear("room_link", e.Room, null); break;
        }
    }
}
